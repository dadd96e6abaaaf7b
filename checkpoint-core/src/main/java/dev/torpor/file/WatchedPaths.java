// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fh_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.KernelString;

/** Where a task finds what is watched again, when it has its root. */
final class WatchedPaths {
  /**
   * A path as the task sees it.
   *
   * @param isLink of /proc, which is to be followed
   */
  record Place(String name, boolean isLink) {
    Data in(Program program) {
      return isLink ? program.string(name) : program.string(KernelString.encode(name));
    }
  }

  private final LatePlan plan;
  private final String root;

  WatchedPaths(LatePlan plan, LatePlan.User user) {
    this.plan = plan;
    this.root = root(user.task());
  }

  /** A task without one of its own shares that of its parent. */
  private String root(TaskFiles task) {
    TaskFiles owner = task;
    while (owner != null && owner.fs() == null) {
      owner = plan.task(owner.parentPid());
    }
    fs_entry fs = owner == null ? null : owner.fs();
    return fs == null
        ? "/"
        : KernelString.decode(plan.entry(fs.getRootId()).getReg().getNameBytes().toByteArray());
  }

  /**
   * Where an inode is.
   *
   * @param what watches it, for messages
   * @throws UnsupportedException if no path leads to it
   */
  Place of(String what, fh_entry handle, int device, long inode) {
    ServiceFd deleted = plan.facts().get(Remaps.class).ofInode(device, inode);
    if (deleted != null) {
      return new Place("/proc/self/fd/" + deleted.number(), true);
    }
    String path = KernelString.decode(handle.getPathBytes().toByteArray());
    if (path.isEmpty()) {
      throw new UnsupportedException(
          what, "the images know inode " + inode + " by no path; restore with CRIU");
    }
    return new Place(below(what, path), false);
  }

  /**
   * What a path of the tree's is for the task.
   *
   * @throws UnsupportedException if it is outside of its root
   */
  String below(String what, String path) {
    if (root.equals("/")) {
      return path;
    }
    if (!path.startsWith(root + "/") && !path.equals(root)) {
      throw new UnsupportedException(
          what,
          path + " is outside of " + root + ", the root of the task; let it remove the watch");
    }
    return path.equals(root) ? "/" : path.substring(root.length());
  }
}
