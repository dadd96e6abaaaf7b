// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Mount.MNT_DETACH;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NOATIME;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NODEV;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NODIRATIME;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NOEXEC;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NOSUID;
import static dev.torpor.linux.Mount.MOUNT_ATTR_NOSYMFOLLOW;
import static dev.torpor.linux.Mount.MOUNT_ATTR_RDONLY;
import static dev.torpor.linux.Mount.MOUNT_ATTR_STRICTATIME;
import static dev.torpor.linux.Mount.MOVE_MOUNT_F_EMPTY_PATH;
import static dev.torpor.linux.Mount.MOVE_MOUNT_SET_GROUP;
import static dev.torpor.linux.Mount.MOVE_MOUNT_T_EMPTY_PATH;
import static dev.torpor.linux.Mount.MS_NOATIME;
import static dev.torpor.linux.Mount.MS_NODEV;
import static dev.torpor.linux.Mount.MS_NODIRATIME;
import static dev.torpor.linux.Mount.MS_NOEXEC;
import static dev.torpor.linux.Mount.MS_NOSUID;
import static dev.torpor.linux.Mount.MS_NOSYMFOLLOW;
import static dev.torpor.linux.Mount.MS_RDONLY;
import static dev.torpor.linux.Mount.MS_REC;
import static dev.torpor.linux.Mount.MS_RELATIME;
import static dev.torpor.linux.Mount.MS_REMOUNT;
import static dev.torpor.linux.Mount.OPEN_TREE_CLONE;

import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;

/**
 * The system calls about mounts, as steps of a program. Numbers are defined in
 * include/uapi/linux/mount.h; mount_setattr(2) is there since Linux 5.12, MOVE_MOUNT_SET_GROUP
 * since 5.15.
 */
final class MountCalls {
  /** struct mount_attr: attr_set, attr_clr, propagation, userns_fd; all 64 bits. */
  private static final int MOUNT_ATTR_BYTES = 32;

  private static final int MOUNT_ATTR_ATIME = 0x70;

  private final Program program;
  private final Data empty;

  MountCalls(Program program) {
    this.program = program;
    this.empty = text("");
  }

  private Data text(String text) {
    byte[] bytes = KernelString.encode(text);
    return program.string(bytes);
  }

  /** Changes how all mounts that the task sees take part in propagation. */
  void propagateAll(String purpose, int flags) {
    program
        .call(purpose, Nr.SYS_mount)
        .arg(empty)
        .arg(text("/"))
        .arg(empty)
        .arg(MS_REC | flags)
        .arg(0);
  }

  void mount(String purpose, String source, String target, String type, int flags, String data) {
    program
        .call(purpose, Nr.SYS_mount)
        .arg(text(source))
        .arg(text(target))
        .arg(text(type))
        .arg(flags)
        .arg(text(data));
  }

  /** Changes the flags of the superblock mounted at {@code target}; its options stay. */
  void remount(String purpose, String target, int flags) {
    program
        .call(purpose, Nr.SYS_mount)
        .arg(empty)
        .arg(text(target))
        .arg(empty)
        .arg(MS_REMOUNT | flags)
        .arg(0);
  }

  void mkdir(String purpose, String path) {
    program.call(purpose, Nr.SYS_mkdirat).arg(Fcntl.AT_FDCWD).arg(text(path)).arg(0700);
  }

  /** A descriptor of the mount at {@code path}. */
  Op openMount(String purpose, String path) {
    return program
        .call(purpose, Nr.SYS_open_tree)
        .arg(Fcntl.AT_FDCWD)
        .arg(text(path))
        .arg(Fcntl.O_CLOEXEC);
  }

  /** A copy, attached nowhere, of the mount that {@code path} is on, with its root at the path. */
  Op cloneMount(String purpose, String path) {
    return program
        .call(purpose, Nr.SYS_open_tree)
        .arg(Fcntl.AT_FDCWD)
        .arg(text(path))
        .arg(OPEN_TREE_CLONE | Fcntl.O_CLOEXEC);
  }

  /** The same for what {@code fd} is. */
  Op cloneMount(String purpose, Op fd) {
    return program
        .call(purpose, Nr.SYS_open_tree)
        .arg(fd)
        .arg(empty)
        .arg(OPEN_TREE_CLONE | Fcntl.O_CLOEXEC | Fcntl.AT_EMPTY_PATH);
  }

  Op openDirectory(String purpose, String path) {
    return program
        .call(purpose, Nr.SYS_openat)
        .arg(Fcntl.AT_FDCWD)
        .arg(text(path))
        .arg(Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC);
  }

  /**
   * Opens a path below {@code directory} as a root of its own, through no symbolic link: what lies
   * there may have been chosen by whoever filled the container.
   */
  Op openBelow(String purpose, Op directory, String path) {
    Data how = program.reserve(Fcntl.OpenHow.SIZEOF);
    how.putLong(Fcntl.OpenHow.flags, Fcntl.O_PATH | Fcntl.O_CLOEXEC)
        .putLong(Fcntl.OpenHow.resolve, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_SYMLINKS);
    return program
        .call(purpose, Nr.SYS_openat2)
        .arg(directory)
        .arg(text(path.isEmpty() ? "." : path))
        .arg(how)
        .arg(Fcntl.OpenHow.SIZEOF);
  }

  /** Attaches the mount behind {@code mount} at what {@code target} is. */
  void attach(String purpose, Op mount, Op target) {
    move(purpose, mount, target, 0);
  }

  /**
   * Makes {@code member} a member of the peer group that {@code of} is in, and its slave likewise.
   */
  void joinGroup(String purpose, Op of, Op member) {
    move(purpose, of, member, MOVE_MOUNT_SET_GROUP);
  }

  private void move(String purpose, Op from, Op to, int flags) {
    program
        .call(purpose, Nr.SYS_move_mount)
        .arg(from)
        .arg(empty)
        .arg(to)
        .arg(empty)
        .arg(flags | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
  }

  /** Sets the flags of a mount, all of them. */
  void setFlags(String purpose, Op mount, int flags, int propagation) {
    long set = attributes(flags);
    long all =
        MOUNT_ATTR_RDONLY
            | MOUNT_ATTR_NOSUID
            | MOUNT_ATTR_NODEV
            | MOUNT_ATTR_NOEXEC
            | MOUNT_ATTR_NODIRATIME
            | MOUNT_ATTR_NOSYMFOLLOW;
    setAttributes(purpose, mount, set, (all & ~set) | MOUNT_ATTR_ATIME, propagation);
  }

  /** Sets how a mount takes part in propagation. */
  void propagate(String purpose, Op mount, int propagation) {
    setAttributes(purpose, mount, 0, 0, propagation);
  }

  private void setAttributes(String purpose, Op mount, long set, long clear, int propagation) {
    Data attributes = program.reserve(MOUNT_ATTR_BYTES);
    attributes.putLong(0, set).putLong(8, clear).putLong(16, propagation);
    program
        .call(purpose, Nr.SYS_mount_setattr)
        .arg(mount)
        .arg(empty)
        .arg(Fcntl.AT_EMPTY_PATH)
        .arg(attributes)
        .arg(MOUNT_ATTR_BYTES);
  }

  private static long attributes(int flags) {
    long set = 0;
    set |= (flags & MS_RDONLY) == 0 ? 0 : MOUNT_ATTR_RDONLY;
    set |= (flags & MS_NOSUID) == 0 ? 0 : MOUNT_ATTR_NOSUID;
    set |= (flags & MS_NODEV) == 0 ? 0 : MOUNT_ATTR_NODEV;
    set |= (flags & MS_NOEXEC) == 0 ? 0 : MOUNT_ATTR_NOEXEC;
    set |= (flags & MS_NODIRATIME) == 0 ? 0 : MOUNT_ATTR_NODIRATIME;
    set |= (flags & MS_NOSYMFOLLOW) == 0 ? 0 : MOUNT_ATTR_NOSYMFOLLOW;
    if ((flags & MS_NOATIME) != 0) {
      set |= MOUNT_ATTR_NOATIME;
    } else if ((flags & MS_RELATIME) == 0) {
      set |= MOUNT_ATTR_STRICTATIME;
    }
    return set;
  }

  void close(String purpose, Op fd) {
    program.call(purpose, Nr.SYS_close).arg(fd);
  }

  /** Makes the mount that {@code root} is in the root of all, and detaches what was there. */
  void pivot(String purpose, Op root) {
    program.call(purpose + ": going there", Nr.SYS_fchdir).arg(root);
    program.call(purpose, Nr.SYS_pivot_root).arg(text(".")).arg(text("."));
    program
        .call(purpose + ": detaching the old root", Nr.SYS_umount2)
        .arg(text("."))
        .arg(MNT_DETACH);
    program.call(purpose + ": going to /", Nr.SYS_chdir).arg(text("/"));
  }
}
