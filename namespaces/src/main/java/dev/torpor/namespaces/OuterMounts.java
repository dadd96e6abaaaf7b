// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.MountInfo;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds where on this host a mount of the tree was bound from: {@code --ext-mount-map auto}, {@code
 * --external mnt[]}. As CRIU does, only for mounts that a restore could not make by itself; it
 * binds the same path again.
 */
final class OuterMounts {
  private final List<MountInfo> own;
  private final String treeRoot;
  private final DumpOptions options;

  /**
   * A search.
   *
   * @param own what Torpor sees
   * @param treeRoot path by which Torpor reaches the tree's root directory
   */
  OuterMounts(List<MountInfo> own, String treeRoot, DumpOptions options) {
    this.own = own;
    this.treeRoot = treeRoot;
    this.options = options;
  }

  /**
   * The mounts of a tree, those with a key of Torpor's own whose origin was looked for and found.
   */
  List<Mount> resolve(List<Mount> mounts) {
    MountTree tree = new MountTree(mounts);
    List<Mount> resolved = new ArrayList<>(mounts.size());
    for (Mount mount : mounts) {
      String path = canBeMade(tree, mount) ? null : find(mount);
      resolved.add(mount.copy(path));
    }
    return resolved;
  }

  private static boolean canBeMade(MountTree tree, Mount mount) {
    if (mount == tree.root() || mount.isExternal() || tree.isMadeByType(mount)) {
      return true;
    }
    Mount from = tree.boundFrom(mount);
    return from != null && canBeMade(tree, from);
  }

  private String find(Mount mount) {
    for (MountInfo outer : own) {
      String rest =
          outer.device() == mount.device && outer.type().equals(mount.typeName)
              ? Paths.below(outer.root(), mount.root)
              : null;
      if (rest == null) {
        continue;
      }
      String path = Paths.join(outer.mountPoint(), rest);
      // Either can be hidden by what is mounted over it.
      if (isSame(path, treeRoot + mount.mountPoint)) {
        checkPropagation(mount);
        return path;
      }
    }
    return null;
  }

  /**
   * Looks at mounts that an engine names, and whose file somebody has deleted on this host or, as
   * editors do, replaced: a restore binds what has the name then. CRIU would make the file again,
   * which fails where there is one.
   *
   * @param seen by the tree
   * @throws UnsupportedException if nothing has that name
   */
  void checkReplaced(List<MountInfo> seen) {
    for (MountInfo mount : seen) {
      if (mount.deleted() && options.mountKey(mount.mountPoint()) != null) {
        checkReplaced(mount);
      }
    }
  }

  private void checkReplaced(MountInfo mount) {
    String path = null;
    boolean isThere = false;
    for (MountInfo outer : own) {
      String rest =
          outer.device() == mount.device() && outer.type().equals(mount.type())
              ? Paths.below(outer.root(), mount.root())
              : null;
      if (rest != null) {
        path = Paths.join(outer.mountPoint(), rest);
        isThere |= isThere(path);
      }
    }
    if (path != null && !isThere) {
      throw new UnsupportedException(
          "mount " + mount.mountPoint(),
          path
              + " of this host, which it shows, was deleted, and nothing has that name now: there"
              + " would be nothing to bind at a restore; put it back before the dump");
    }
    options.warn(
        "mount "
            + mount.mountPoint()
            + " shows a file that was deleted or replaced on this host"
            + (path == null ? "" : " (" + path + ")")
            + ": a restore binds what has its name then");
  }

  private void checkPropagation(Mount mount) {
    for (MountInfo outer : own) {
      if (outer.sharedId() != 0 && outer.sharedId() == mount.sharedId) {
        throw mount.refused(
            "it shares its mounts with "
                + outer.mountPoint()
                + " of this host, which a restore does not bring back; make it private or a slave"
                + " (mount --make-slave) before the dump");
      }
    }
    if (mount.isSlave() && !options.isExternalMasters()) {
      throw mount.refused(
          "it receives mounts from peer group "
              + mount.masterId
              + " outside of the container; permit it with --enable-external-masters");
    }
  }

  private static boolean isThere(String path) {
    return isSame(path, path);
  }

  private static boolean isSame(String path, String other) {
    try (NativeMemory one = stat(path);
        NativeMemory two = stat(other)) {
      return one.getLong(Stat.StructStat.st_dev) == two.getLong(Stat.StructStat.st_dev)
          && one.getLong(Stat.StructStat.st_ino) == two.getLong(Stat.StructStat.st_ino);
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static NativeMemory stat(String path) {
    int fd = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
    try {
      NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF);
      Stat.fstat(fd, stat);
      return stat;
    } finally {
      Unistd.close(fd);
    }
  }
}
