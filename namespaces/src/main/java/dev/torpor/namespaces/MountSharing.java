// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Mount.MS_PRIVATE;
import static dev.torpor.linux.Mount.MS_SHARED;
import static dev.torpor.linux.Mount.MS_SLAVE;
import static dev.torpor.linux.Mount.MS_UNBINDABLE;

import dev.torpor.inject.Op;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Plans the peer groups of a tree whose mounts are all private and in their places,
 * mount_namespaces(7). The widest member of a group is made shared; MOVE_MOUNT_SET_GROUP puts the
 * others beside it, and it under its master.
 */
final class MountSharing {
  private final MountTree tree;
  private final Map<Mount, Op> fds;
  private final MountCalls calls;

  /** The widest member of each group. */
  private final Map<Integer, Mount> widest = new LinkedHashMap<>();

  private final Map<Integer, Boolean> made = new HashMap<>();

  MountSharing(MountTree tree, Map<Mount, Op> fds, MountCalls calls) {
    this.tree = tree;
    this.fds = fds;
    this.calls = calls;
    for (Mount mount : tree.mounts()) {
      if (mount.sharedId != 0) {
        Mount known = widest.get(mount.sharedId);
        if (known == null || known.pathWithin(mount) != null) {
          widest.put(mount.sharedId, mount);
        }
      }
    }
    for (Mount mount : tree.mounts()) {
      checkWithin(mount, mount.sharedId);
      checkWithin(mount, mount.masterId);
    }
  }

  private void checkWithin(Mount mount, int group) {
    Mount wide = widest.get(group);
    if (wide != null && (!mount.sameSuperblock(wide) || mount.pathWithin(wide) == null)) {
      throw mount.refused(
          "no mount of its peer group " + group + " shows all that the others of it show");
    }
  }

  /** Appends the calls. */
  void append() {
    for (int group : widest.keySet()) {
      make(group);
    }
    for (Mount mount : tree.mounts()) {
      if (mount.sharedId == 0 && widest.containsKey(mount.masterId)) {
        enslave(mount);
      }
      if ((mount.flags & MS_UNBINDABLE) != 0) {
        calls.propagate(
            "making the container's " + mount.describe() + " unbindable",
            fds.get(mount),
            MS_UNBINDABLE);
      }
    }
  }

  private void make(int group) {
    if (made.put(group, true) != null) {
      return;
    }
    Mount first = widest.get(group);
    if (widest.containsKey(first.masterId)) {
      make(first.masterId);
      enslave(first);
    }
    String purpose = "sharing the container's " + first.describe();
    calls.propagate(purpose, fds.get(first), MS_SHARED);
    for (Mount mount : tree.mounts()) {
      if (mount.sharedId == group && mount != first) {
        // A mount that keeps the master its origin has would be refused by the kernel.
        calls.propagate(
            "separating the container's " + mount.describe(), fds.get(mount), MS_PRIVATE);
        calls.joinGroup(
            "sharing the container's " + mount.describe() + " with " + first.mountPoint,
            fds.get(first),
            fds.get(mount));
      }
    }
  }

  private void enslave(Mount mount) {
    Mount master = widest.get(mount.masterId);
    String purpose =
        "making the container's " + mount.describe() + " a slave of " + master.mountPoint;
    calls.joinGroup(purpose, fds.get(master), fds.get(mount));
    calls.propagate(purpose, fds.get(mount), MS_SLAVE);
  }
}
