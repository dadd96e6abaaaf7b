// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which files of a cgroup are saved, in the order they are written back: those of CRIU 4.2. */
final class PropertyCatalogue {
  private final Map<String, List<String>> lists = new LinkedHashMap<>();

  private final PropertyChanges changes;

  PropertyCatalogue(Controllers controllers, PropertyChanges changes) {
    this.changes = changes;
    for (Controller controller : controllers.known()) {
      lists.put(controller.name(), controller.properties());
    }
  }

  /** The files of one controller; for an unknown one those that a user named. */
  List<String> of(String controller) {
    return changes.of(controller, lists.getOrDefault(controller, List.of()));
  }
}
