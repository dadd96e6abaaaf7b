// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.room.Room;
import java.util.List;

/** The list of this module's rooms. To carry another kind of namespace, add its room here. */
public final class NamespaceRooms {
  private NamespaceRooms() {}

  /** All rooms, in the order in which they are asked and in which a task gets its namespaces. */
  public static List<? extends Room> all() {
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
