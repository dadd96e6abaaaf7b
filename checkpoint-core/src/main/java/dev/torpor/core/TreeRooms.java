// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import java.util.List;

/**
 * The list of rooms. To carry something else of a tree as a whole, write its room and add it here.
 */
final class TreeRooms {
  private TreeRooms() {}

  /** All rooms, in the order in which they are asked. */
  static List<TreeRoom> all() {
    return List.of(new FileLocks(), new NetworkLock());
  }
}
