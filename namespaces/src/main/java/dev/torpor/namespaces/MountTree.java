// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The mounts of one namespace as a tree.
 *
 * <p>Children of a mount are ordered so that they can be mounted one after the other by path: a
 * deeper mount point before a shallower one that would hide it, otherwise the older first. A mount
 * on top of its parent's own root is therefore the last.
 */
final class MountTree {
  private final List<Mount> mounts;
  private final Mount root;

  /**
   * Links the mounts.
   *
   * @param mounts the oldest first
   * @throws UnsupportedException if they are not one tree that begins at "/"
   */
  MountTree(List<Mount> mounts) {
    this.mounts = List.copyOf(mounts);
    Mount found = null;
    for (Mount mount : this.mounts) {
      mount.parent = mount.id == mount.parentId ? null : find(mount.parentId);
      if (mount.parent != null) {
        mount.parent.children.add(mount);
      } else if (found == null && mount.mountPoint.equals("/")) {
        found = mount;
      } else {
        throw mount.refused(
            "the mount it sits on (" + mount.parentId + ") is not among those the task sees");
      }
    }
    if (found == null) {
      throw new UnsupportedException(
          "mount namespace",
          "no mount is at /; a task whose root was changed by chroot(2) is not carried");
    }
    for (Mount mount : this.mounts) {
      mount.children.sort(
          Comparator.comparingInt((Mount child) -> Paths.depth(child.mountPoint)).reversed());
    }
    this.root = found;
  }

  /** All mounts, the oldest first. */
  List<Mount> mounts() {
    return mounts;
  }

  /** The mount at "/". */
  Mount root() {
    return root;
  }

  /** The mount with this id, or null. */
  Mount find(int id) {
    for (Mount mount : mounts) {
      if (mount.id == id) {
        return mount;
      }
    }
    return null;
  }

  /** All mounts but the root in an order in which they can be mounted. */
  List<Mount> inMountOrder() {
    List<Mount> order = new ArrayList<>(mounts.size());
    appendChildren(root, order);
    return order;
  }

  private static void appendChildren(Mount mount, List<Mount> order) {
    for (Mount child : mount.children) {
      order.add(child);
      appendChildren(child, order);
    }
  }

  /**
   * The mount that {@code mount} is bound from: one of the same superblock that is wide enough. The
   * root and what is bound from outside come first, since they are there already; else the first
   * that shows the whole file system.
   *
   * @return null if it is the one that is mounted by its type, or if there is none
   */
  Mount boundFrom(Mount mount) {
    if (mount == root || mount.isExternal()) {
      return null;
    }
    for (Mount other : mounts) {
      boolean there = other == root || other.isExternal();
      if (there && mount.sameSuperblock(other) && mount.pathWithin(other) != null) {
        return other;
      }
    }
    for (Mount other : mounts) {
      if (other.showsAll() && mount.sameSuperblock(other)) {
        return other == mount ? null : other;
      }
    }
    return null;
  }

  /** Whether this mount is made by its type rather than bound from another. */
  boolean isMadeByType(Mount mount) {
    return mount != root
        && !mount.isExternal()
        && mount.showsAll()
        && mount.type.way() != FsType.Way.OUTSIDE
        && boundFrom(mount) == null;
  }

  /** What lies over a mount, so that no path leads to it: the youngest first. */
  List<Mount> hiding(Mount mount) {
    Set<Mount> under = new HashSet<>();
    for (Mount at = mount; at != null; at = at.parent) {
      under.add(at);
    }
    List<Mount> hiding = new ArrayList<>();
    for (int i = mounts.size() - 1; i >= 0; i--) {
      Mount other = mounts.get(i);
      if (!under.contains(other)
          && under.contains(other.parent)
          && Paths.below(other.mountPoint, mount.mountPoint) != null) {
        hiding.add(other);
      }
    }
    return hiding;
  }

  /** Whether {@code group} has a member in this tree that can be made again. */
  boolean hasPeerGroup(int group) {
    for (Mount mount : mounts) {
      if (mount.sharedId == group) {
        return true;
      }
    }
    return false;
  }
}
