// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.util.List;

/** The list of rooms. To carry another kind of namespace, write its room and add it here. */
final class NamespaceRooms {
  private NamespaceRooms() {}

  /** All rooms, in the order in which they are asked and in which a task gets its namespaces. */
  static List<NamespaceRoom> all() {
    return List.of(
        new UserNamespace(),
        new TimeNamespace(),
        new PidNamespace(),
        new UtsNamespace(),
        new IpcNamespace(),
        new NetNamespace(),
        new CgroupNamespace(),
        new MountNamespace());
  }
}
