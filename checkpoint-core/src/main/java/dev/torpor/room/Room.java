// SPDX-License-Identifier: Apache-2.0
package dev.torpor.room;

import dev.torpor.image.ImageType;
import java.util.Set;

/**
 * The one place that knows a kind of kernel object: which of its states are refused, how it is
 * captured into image entries, and how its return is planned. What the three are given differs by
 * {@link #owner}, so each owner has its own interface below this one; what a room says of itself is
 * the same for all. The catalogue is {@link Rooms}.
 *
 * <p>A room is made for one look at a tree. What it has to tell other rooms goes through {@code
 * dev.torpor.plan.Facts}.
 */
public interface Room {
  /** What the objects of a kind belong to. */
  enum Owner {
    /** A thread, or the leader of a thread group. */
    THREAD,
    /** A range of addresses of a task. */
    MAPPING,
    /** An open file description, which descriptors and mappings refer to. */
    OPEN_FILE,
    /** A namespace. */
    NAMESPACE,
    /** A control group. */
    CGROUP,
    /** The tree as a whole. */
    TREE
  }

  /** What its objects belong to. */
  Owner owner();

  /**
   * The kinds of images that exist for its objects alone. A restore refuses a checkpoint with an
   * image that no room has declared: what is in it would be lost. What all objects of an owner are
   * listed in ({@code files.img}, {@code core-TID.img}) belongs to no single room.
   */
  default Set<ImageType> images() {
    return Set.of();
  }
}
