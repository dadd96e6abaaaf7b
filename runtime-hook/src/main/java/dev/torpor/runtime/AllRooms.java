// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.cgroup.Controllers;
import dev.torpor.core.CoreRooms;
import dev.torpor.namespaces.NamespaceRooms;
import dev.torpor.room.Rooms;

/** The rooms of all modules: what Torpor carries. */
final class AllRooms {
  private AllRooms() {}

  static Rooms make() {
    return CoreRooms.all().and(NamespaceRooms.all()).and(Controllers.all());
  }
}
