// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Mounts, by mount(2) and by the calls of Linux 5.2. include/uapi/linux/mount.h. */
public final class Mount {

  // mount(2).
  public static final int MS_RDONLY = 0x1;
  public static final int MS_NOSUID = 0x2;
  public static final int MS_NODEV = 0x4;
  public static final int MS_NOEXEC = 0x8;
  public static final int MS_SYNCHRONOUS = 0x10;
  public static final int MS_REMOUNT = 0x20;
  public static final int MS_MANDLOCK = 0x40;
  public static final int MS_DIRSYNC = 0x80;
  public static final int MS_NOSYMFOLLOW = 0x100;
  public static final int MS_NOATIME = 0x400;
  public static final int MS_NODIRATIME = 0x800;
  public static final int MS_BIND = 0x1000;
  public static final int MS_MOVE = 0x2000;
  public static final int MS_REC = 0x4000;
  public static final int MS_SILENT = 0x8000;
  public static final int MS_POSIXACL = 0x10000;
  public static final int MS_UNBINDABLE = 0x20000;
  public static final int MS_PRIVATE = 0x40000;
  public static final int MS_SLAVE = 0x80000;
  public static final int MS_SHARED = 0x100000;
  public static final int MS_RELATIME = 0x200000;
  public static final int MS_KERNMOUNT = 0x400000;
  public static final int MS_I_VERSION = 0x800000;
  public static final int MS_STRICTATIME = 0x1000000;
  public static final int MS_LAZYTIME = 0x2000000;

  // umount2(2), include/linux/fs.h.
  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int MNT_EXPIRE = 4;
  public static final int UMOUNT_NOFOLLOW = 8;

  // open_tree(2), move_mount(2), fsopen(2), since Linux 5.2; MOVE_MOUNT_SET_GROUP 5.15, BENEATH
  // 6.5.
  public static final int OPEN_TREE_CLONE = 0x1;
  public static final int OPEN_TREE_CLOEXEC = 0x80000;
  public static final int MOVE_MOUNT_F_SYMLINKS = 0x1;
  public static final int MOVE_MOUNT_F_AUTOMOUNTS = 0x2;
  public static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;
  public static final int MOVE_MOUNT_T_SYMLINKS = 0x10;
  public static final int MOVE_MOUNT_T_AUTOMOUNTS = 0x20;
  public static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
  public static final int MOVE_MOUNT_SET_GROUP = 0x100;
  public static final int MOVE_MOUNT_BENEATH = 0x200;
  public static final int FSOPEN_CLOEXEC = 0x1;
  public static final int FSPICK_CLOEXEC = 0x1;
  public static final int FSPICK_SYMLINK_NOFOLLOW = 0x2;
  public static final int FSPICK_NO_AUTOMOUNT = 0x4;
  public static final int FSPICK_EMPTY_PATH = 0x8;
  public static final int FSMOUNT_CLOEXEC = 0x1;
  public static final int FSCONFIG_SET_FLAG = 0;
  public static final int FSCONFIG_SET_STRING = 1;
  public static final int FSCONFIG_SET_BINARY = 2;
  public static final int FSCONFIG_SET_PATH = 3;
  public static final int FSCONFIG_SET_PATH_EMPTY = 4;
  public static final int FSCONFIG_SET_FD = 5;
  public static final int FSCONFIG_CMD_CREATE = 6;
  public static final int FSCONFIG_CMD_RECONFIGURE = 7;
  public static final int FSCONFIG_CMD_CREATE_EXCL = 8;

  // mount_setattr(2), since Linux 5.12.
  public static final int MOUNT_ATTR_RDONLY = 0x1;
  public static final int MOUNT_ATTR_NOSUID = 0x2;
  public static final int MOUNT_ATTR_NODEV = 0x4;
  public static final int MOUNT_ATTR_NOEXEC = 0x8;
  public static final int MOUNT_ATTR__ATIME = 0x70;
  public static final int MOUNT_ATTR_RELATIME = 0x0;
  public static final int MOUNT_ATTR_NOATIME = 0x10;
  public static final int MOUNT_ATTR_STRICTATIME = 0x20;
  public static final int MOUNT_ATTR_NODIRATIME = 0x80;
  public static final int MOUNT_ATTR_IDMAP = 0x100000;
  public static final int MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

  // statmount(2), listmount(2), since Linux 6.8.
  public static final long LSMT_ROOT = -1L;
  public static final long STATMOUNT_SB_BASIC = 0x1L;
  public static final long STATMOUNT_MNT_BASIC = 0x2L;
  public static final long STATMOUNT_PROPAGATE_FROM = 0x4L;
  public static final long STATMOUNT_MNT_ROOT = 0x8L;
  public static final long STATMOUNT_MNT_POINT = 0x10L;
  public static final long STATMOUNT_FS_TYPE = 0x20L;
  public static final long STATMOUNT_MNT_NS_ID = 0x40L;
  public static final long STATMOUNT_MNT_OPTS = 0x80L;

  private Mount() {}

  /** mount(2); null where the kernel takes NULL. */
  public static void mount(String source, String target, String type, long flags, String data) {
    try (NativeMemory names = strings(source, type, data)) {
      long result =
          Syscall.raw(
              Nr.SYS_mount,
              at(names, 0, source),
              Scratch.name(target),
              at(names, length(source), type),
              flags,
              at(names, length(source) + length(type), data));
      if (result < 0) {
        throw ErrnoException.of(
            result,
            "mount",
            Fcntl.quote(source),
            Fcntl.quote(target),
            type,
            flags,
            Fcntl.quote(data));
      }
    }
  }

  private static int length(String text) {
    return text == null ? 0 : KernelString.encode(text).length + 1;
  }

  private static long at(NativeMemory names, int offset, String text) {
    return text == null ? 0 : names.address(offset);
  }

  private static NativeMemory strings(String... texts) {
    int lengthBytes = 0;
    for (String text : texts) {
      lengthBytes += length(text);
    }
    NativeMemory memory = NativeMemory.allocate(lengthBytes);
    int offset = 0;
    for (String text : texts) {
      if (text != null) {
        memory.putString(offset, text);
        offset += length(text);
      }
    }
    return memory;
  }

  /** umount2(2). */
  public static void umount2(String target, int flags) {
    long result = Syscall.raw(Nr.SYS_umount2, Scratch.name(target), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "umount2", Fcntl.quote(target), Fcntl.hex(flags));
    }
  }

  /** pivot_root(2); both may be ".", to be followed by an umount2(".", MNT_DETACH). */
  public static void pivotRoot(String newRoot, String putOld) {
    long first = Scratch.name(newRoot);
    long result = Syscall.raw(Nr.SYS_pivot_root, first, Scratch.secondName(putOld));
    if (result < 0) {
      throw ErrnoException.of(result, "pivot_root", Fcntl.quote(newRoot), Fcntl.quote(putOld));
    }
  }

  /** open_tree(2): a descriptor of a mount, or with OPEN_TREE_CLONE of a detached copy. */
  public static int openTree(int dirfd, String path, long flags) {
    long result = Syscall.raw(Nr.SYS_open_tree, dirfd, Scratch.name(path), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "open_tree", Fcntl.at(dirfd), Fcntl.quote(path), flags);
    }
    return (int) result;
  }

  /** move_mount(2). */
  public static void moveMount(int fromFd, String from, int toFd, String to, int flags) {
    long first = Scratch.name(from);
    long second = Scratch.secondName(to);
    long result = Syscall.raw(Nr.SYS_move_mount, fromFd, first, toFd, second, flags);
    if (result < 0) {
      throw ErrnoException.of(
          result,
          "move_mount",
          Fcntl.at(fromFd),
          Fcntl.quote(from),
          Fcntl.at(toFd),
          Fcntl.quote(to),
          flags);
    }
  }

  /** fsopen(2). */
  public static int fsopen(String type, int flags) {
    long result = Syscall.raw(Nr.SYS_fsopen, Scratch.name(type), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "fsopen", Fcntl.quote(type), flags);
    }
    return (int) result;
  }

  /** fsconfig(2) of FSCONFIG_SET_FLAG, SET_STRING, SET_FD and the commands. */
  public static void fsconfig(int fd, int command, String key, String value, int aux) {
    long first = key == null ? 0 : Scratch.name(key);
    long second = value == null ? 0 : Scratch.secondName(value);
    long result = Syscall.raw(Nr.SYS_fsconfig, fd, command, first, second, aux);
    if (result < 0) {
      throw ErrnoException.of(
          result, "fsconfig", fd, command, Fcntl.quote(key), Fcntl.quote(value), aux);
    }
  }

  /** fsmount(2): a detached mount of a created file system. */
  public static int fsmount(int fd, int flags, int attributes) {
    long result = Syscall.raw(Nr.SYS_fsmount, fd, flags, attributes);
    if (result < 0) {
      throw ErrnoException.of(result, "fsmount", fd, flags, Fcntl.hex(attributes));
    }
    return (int) result;
  }

  /** mount_setattr(2) with a {@link MountAttr}. */
  public static void mountSetattr(int dirfd, String path, int flags, NativeMemory attr) {
    int size = attr.lengthBytes();
    long name = Scratch.name(path);
    long result = Syscall.raw(Nr.SYS_mount_setattr, dirfd, name, flags, attr.address(), size);
    if (result < 0) {
      throw ErrnoException.of(
          result, "mount_setattr", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags));
    }
  }

  /** Offsets within {@code struct mount_attr}. */
  public static final class MountAttr {
    public static final int SIZEOF = 32;
    public static final int attr_set = 0;
    public static final int attr_clr = 8;
    public static final int propagation = 16;
    public static final int userns_fd = 24;

    private MountAttr() {}
  }
}
