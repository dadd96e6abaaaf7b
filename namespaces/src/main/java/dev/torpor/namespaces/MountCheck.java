// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;

/** Finds mounts that a restore could not make again, before anything is frozen or created. */
final class MountCheck {
  private final MountTree tree;

  MountCheck(MountTree tree) {
    this.tree = tree;
  }

  /**
   * Checks every mount.
   *
   * @throws UnsupportedException names the first that cannot come back, and the option that helps
   */
  void run() {
    for (Mount mount : tree.mounts()) {
      if (mount != tree.root() && mount.mountPoint.equals("/")) {
        throw mount.refused("it hides the root mount; unmount it before the dump");
      }
      if (mount != tree.root() && !mount.isExternal()) {
        checkOrigin(mount);
        checkMaster(mount);
      }
    }
  }

  private void checkOrigin(Mount mount) {
    if (tree.boundFrom(mount) != null || tree.isMadeByType(mount)) {
      return;
    }
    String what =
        mount.showsAll()
            ? "a file system of type " + mount.typeName + " is not made by a restore"
            : mount.root
                + " of "
                + mount.source
                + " ("
                + mount.typeName
                + ") is bound from outside of the container";
    throw mount.refused(
        what
            + "; if it is there again at the restore, give --external "
            + option(mount)
            + ", or --external mnt[] if it is in the same place");
  }

  private static String option(Mount mount) {
    return "mnt[" + mount.mountPoint + "]:KEY";
  }

  /**
   * A mount that receives from a group outside of the tree. The root does so in most containers,
   * and its binds with it; the new root takes the place of the old one in its group.
   */
  private void checkMaster(Mount mount) {
    if (mount.isSlave()
        && mount.masterId != tree.root().masterId
        && !tree.hasPeerGroup(mount.masterId)) {
      throw mount.refused(
          "it receives mounts from peer group "
              + mount.masterId
              + " outside of the container; make it private, or give --external "
              + option(mount));
    }
  }
}
