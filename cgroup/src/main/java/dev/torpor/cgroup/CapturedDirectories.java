// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_entry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The directories that tasks are in, by hierarchy. It is told first which they are, and reads them
 * then: what is read while the tree runs need not be read again while it is stopped, unless its
 * tasks are in other cgroups by then.
 */
final class CapturedDirectories {
  private record Top(CapturedHierarchy hierarchy, String path) {}

  private final HierarchyLocator locator;
  private final PropertyCatalogue catalogue;
  private final Controllers controllers;
  private final Freezer freezer;
  private final Consumer<String> warnings;
  private final List<CapturedHierarchy> hierarchies = new ArrayList<>();
  private final List<Top> tops = new ArrayList<>();

  CapturedDirectories(
      HierarchyLocator locator,
      PropertyCatalogue catalogue,
      Controllers controllers,
      Freezer freezer,
      Consumer<String> warnings) {
    this.locator = locator;
    this.catalogue = catalogue;
    this.controllers = controllers;
    this.freezer = freezer;
    this.warnings = warnings;
  }

  /** Lists a hierarchy, if it is not yet. */
  CapturedHierarchy hierarchy(String name) {
    for (CapturedHierarchy hierarchy : hierarchies) {
      if (hierarchy.name().equals(name)) {
        return hierarchy;
      }
    }
    CapturedHierarchy added =
        new CapturedHierarchy(name, catalogue, controllers, freezer, warnings);
    hierarchies.add(added);
    return added;
  }

  /** A cgroup to read, with all below it. */
  void want(String hierarchy, String path) {
    tops.add(new Top(hierarchy(hierarchy), path));
  }

  /** Whether these are the directories that the other one wants. */
  boolean isFor(CapturedDirectories other) {
    if (tops.size() != other.tops.size()) {
      return false;
    }
    for (int i = 0; i < tops.size(); i++) {
      Top mine = tops.get(i);
      Top theirs = other.tops.get(i);
      if (!mine.path().equals(theirs.path())
          || !mine.hierarchy().name().equals(theirs.hierarchy().name())) {
        return false;
      }
    }
    return true;
  }

  void read() throws CgroupException {
    for (Top top : tops) {
      top.hierarchy().add(locator.locate(top.hierarchy().name(), top.path()), top.path());
    }
  }

  void addTo(cgroup_entry.Builder entry) throws CgroupException {
    for (CapturedHierarchy hierarchy : hierarchies) {
      entry.addControllers(hierarchy.build());
    }
  }
}
