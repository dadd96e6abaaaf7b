// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Mount.OPEN_TREE_CLONE;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Opens the roots of mounts as they are below what is mounted on them.
 *
 * <p>What is mounted somewhere below is left out by a clone, which is attached nowhere and lives as
 * long as its descriptor. A mount that is hidden itself, by one in the same place or further up, is
 * reached in a copy of the mount namespace, where what hides it is unmounted. Both are only
 * possible from within the namespace; the copy ends with the thread that visits.
 */
final class MountRoots {
  /** open_tree(2), include/uapi/linux/mount.h, since Linux 5.2. */
  private static final int DETACH =
      dev.torpor.linux.Mount.MNT_DETACH | dev.torpor.linux.Mount.UMOUNT_NOFOLLOW;

  private static final int PRIVATE =
      dev.torpor.linux.Mount.MS_REC | dev.torpor.linux.Mount.MS_PRIVATE;

  /** No result of a system call: the namespace is not copied yet. */
  private static final long NOT_MADE = 1;

  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;

  private final List<Mount> mounts;
  private final List<NativeMemory> strings = new ArrayList<>();
  private final long[] paths;
  private final boolean[] covered;

  /** Where to unmount before a mount can be opened; null if nothing hides it. */
  private final long[][] hiding;

  private final long[] results;
  private final long dot;
  private final long top;

  private MountRoots(MountTree tree, List<Mount> mounts) {
    this.mounts = mounts;
    this.paths = new long[mounts.size()];
    this.covered = new boolean[paths.length];
    this.hiding = new long[paths.length][];
    this.results = new long[paths.length];
    this.dot = string(".");
    this.top = string("/");
    Set<Mount> gone = new HashSet<>();
    for (int i = paths.length - 1; i >= 0; i--) {
      Mount mount = mounts.get(i);
      paths[i] = string(mount.mountPoint);
      covered[i] = !mount.children.isEmpty();
      List<Mount> over = tree.hiding(mount);
      if (!over.isEmpty()) {
        over.removeIf(other -> !gone.add(other));
        hiding[i] = new long[over.size()];
        for (int j = 0; j < hiding[i].length; j++) {
          hiding[i][j] = string(over.get(j).mountPoint);
        }
      }
    }
  }

  private long string(String text) {
    NativeMemory memory = NativeMemory.ofString(text);
    strings.add(memory);
    return memory.address();
  }

  /**
   * Opens them.
   *
   * @param pid a task in the mount namespace
   * @param mounts the oldest first
   * @return a directory for each
   */
  static int[] open(MountTree tree, int pid, List<Mount> mounts) {
    MountRoots roots = new MountRoots(tree, mounts);
    try {
      Visit.in(pid, NamespaceKind.MNT.cloneFlag(), roots::openAll);
    } finally {
      for (NativeMemory string : roots.strings) {
        string.close();
      }
    }
    return roots.descriptors();
  }

  /**
   * Runs where the files of Torpor's classes are out of sight: it uses nothing that was not used
   * before. The youngest first, as older ones are hidden by younger.
   */
  private Void openAll() {
    long copy = NOT_MADE;
    for (int i = 0; i < paths.length; i++) {
      if (hiding[i] == null) {
        results[i] = open(paths[i], covered[i]);
      }
    }
    for (int i = paths.length - 1; i >= 0; i--) {
      if (hiding[i] != null) {
        copy = copy == NOT_MADE ? copyNamespace() : copy;
        results[i] = Syscall.failed(copy) ? copy : openHidden(i);
      }
    }
    return null;
  }

  private long openHidden(int index) {
    for (long path : hiding[index]) {
      long result = Syscall.raw(Nr.SYS_umount2, path, DETACH, 0, 0, 0, 0);
      if (Syscall.failed(result)) {
        return result;
      }
    }
    return open(paths[index], covered[index]);
  }

  /** Nothing that is unmounted in the copy may be so in the namespace it is a copy of. */
  private long copyNamespace() {
    long result = Syscall.raw(Nr.SYS_unshare, Sched.CLONE_NEWNS, 0, 0, 0, 0, 0);
    return Syscall.failed(result) ? result : Syscall.raw(Nr.SYS_mount, 0, top, 0, PRIVATE, 0, 0);
  }

  private long open(long path, boolean covered) {
    if (!covered) {
      return Syscall.raw(Nr.SYS_openat, Fcntl.AT_FDCWD, path, DIRECTORY, 0, 0, 0);
    }
    int flags = OPEN_TREE_CLONE | Fcntl.O_CLOEXEC;
    long clone = Syscall.raw(Nr.SYS_open_tree, Fcntl.AT_FDCWD, path, flags, 0, 0, 0);
    if (Syscall.failed(clone)) {
      return clone;
    }
    long root = Syscall.raw(Nr.SYS_openat, clone, dot, DIRECTORY, 0, 0, 0);
    Syscall.raw(Nr.SYS_close, clone, 0, 0, 0, 0, 0);
    return root;
  }

  private int[] descriptors() {
    int[] fds = new int[results.length];
    ErrnoException failure = null;
    Mount failed = null;
    for (int i = 0; i < fds.length; i++) {
      fds[i] = (int) results[i];
      if (Syscall.failed(results[i])) {
        failed = mounts.get(i);
        failure = ErrnoException.of(results[i], "open_tree", failed.mountPoint);
      }
    }
    if (failure != null) {
      for (int fd : fds) {
        if (fd >= 0) {
          Unistd.close(fd);
        }
      }
      throw new DumpException(failed.describe() + ": opening it: " + failure.getMessage(), failure);
    }
    return fds;
  }
}
