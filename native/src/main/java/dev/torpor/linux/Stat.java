// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** fstat(2), statx(2), statfs(2); device numbers. */
public final class Stat {

  // File types and modes, include/uapi/linux/stat.h (octal there).
  public static final int S_IFMT = 0xf000;
  public static final int S_IFSOCK = 0xc000;
  public static final int S_IFLNK = 0xa000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFDIR = 0x4000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFIFO = 0x1000;
  public static final int S_ISUID = 0x800;
  public static final int S_ISGID = 0x400;
  public static final int S_ISVTX = 0x200;

  // Types in directories, fs_types.h: the upper bits of S_IFMT.
  public static final int DT_UNKNOWN = 0;
  public static final int DT_DIR = 4;

  // statx(2), include/uapi/linux/stat.h, since Linux 4.11; MNT_ID 5.8, DIOALIGN 6.1, MNT_ID_UNIQUE
  // 6.8, SUBVOL 6.10.
  public static final int STATX_TYPE = 0x1;
  public static final int STATX_MODE = 0x2;
  public static final int STATX_NLINK = 0x4;
  public static final int STATX_UID = 0x8;
  public static final int STATX_GID = 0x10;
  public static final int STATX_ATIME = 0x20;
  public static final int STATX_MTIME = 0x40;
  public static final int STATX_CTIME = 0x80;
  public static final int STATX_INO = 0x100;
  public static final int STATX_SIZE = 0x200;
  public static final int STATX_BLOCKS = 0x400;
  public static final int STATX_BASIC_STATS = 0x7ff;
  public static final int STATX_BTIME = 0x800;
  public static final int STATX_MNT_ID = 0x1000;
  public static final int STATX_DIOALIGN = 0x2000;
  public static final int STATX_MNT_ID_UNIQUE = 0x4000;
  public static final int STATX_SUBVOL = 0x8000;
  public static final int STATX_ATTR_COMPRESSED = 0x4;
  public static final int STATX_ATTR_IMMUTABLE = 0x10;
  public static final int STATX_ATTR_APPEND = 0x20;
  public static final int STATX_ATTR_NODUMP = 0x40;
  public static final int STATX_ATTR_ENCRYPTED = 0x800;
  public static final int STATX_ATTR_AUTOMOUNT = 0x1000;
  public static final int STATX_ATTR_MOUNT_ROOT = 0x2000;
  public static final int STATX_ATTR_VERITY = 0x100000;
  public static final int STATX_ATTR_DAX = 0x200000;

  private Stat() {}

  /**
   * newfstatat(2) into {@code target} ({@link StructStat}); with AT_EMPTY_PATH and "" it is fstat.
   */
  public static void fstatat(int dirfd, String path, NativeMemory target, int flags) {
    long name = Scratch.name(path);
    long result =
        Syscall.raw(Nr.SYS_newfstatat, dirfd, name, target.addressFor(StructStat.SIZEOF), flags);
    if (result < 0) {
      throw ErrnoException.of(
          result, "newfstatat", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags));
    }
  }

  /** fstat(2) into {@code target} ({@link StructStat}). */
  public static void fstat(int fd, NativeMemory target) {
    long result = Syscall.raw(Nr.SYS_fstat, fd, target.addressFor(StructStat.SIZEOF));
    if (result < 0) {
      throw ErrnoException.of(result, "fstat", fd);
    }
  }

  /**
   * statx(2) into {@code target} ({@link Statx}).
   *
   * @param flags AT_*, including AT_STATX_*
   * @param mask which STATX_* are wanted; {@code stx_mask} says which were given
   */
  public static void statx(int dirfd, String path, int flags, int mask, NativeMemory target) {
    long name = Scratch.name(path);
    long result =
        Syscall.raw(Nr.SYS_statx, dirfd, name, flags, mask, target.addressFor(Statx.SIZEOF));
    if (result < 0) {
      throw ErrnoException.of(
          result, "statx", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags), Fcntl.hex(mask));
    }
  }

  /** fstatfs(2) into {@code target} ({@link Statfs}). */
  public static void fstatfs(int fd, NativeMemory target) {
    long result = Syscall.raw(Nr.SYS_fstatfs, fd, target.addressFor(Statfs.SIZEOF));
    if (result < 0) {
      throw ErrnoException.of(result, "fstatfs", fd);
    }
  }

  /** statfs(2) into {@code target} ({@link Statfs}). */
  public static void statfs(String path, NativeMemory target) {
    long result = Syscall.raw(Nr.SYS_statfs, Scratch.name(path), target.addressFor(Statfs.SIZEOF));
    if (result < 0) {
      throw ErrnoException.of(result, "statfs", Fcntl.quote(path));
    }
  }

  /** The number that stat(2) and mknod(2) use for a device. */
  public static long makedev(int major, int minor) {
    return (minor & 0xff) | ((major & 0xfffL) << 8) | ((minor & 0xfff00L) << 12);
  }

  /** The major number, 0 to 4095, of a number as stat(2) gives it. */
  public static int major(long device) {
    return (int) (device >> 8) & 0xfff;
  }

  /** The minor number, 20 bits, of a number as stat(2) gives it. */
  public static int minor(long device) {
    return (int) ((device & 0xff) | ((device >> 12) & 0xfff00));
  }

  /** Offsets within the kernel's x86-64 {@code struct stat}, arch/x86/include/uapi/asm/stat.h. */
  public static final class StructStat {
    public static final int SIZEOF = 144;
    public static final int st_dev = 0;
    public static final int st_ino = 8;
    public static final int st_nlink = 16;
    public static final int st_mode = 24;
    public static final int st_uid = 28;
    public static final int st_gid = 32;
    public static final int st_rdev = 40;
    public static final int st_size = 48;
    public static final int st_blksize = 56;
    public static final int st_blocks = 64;
    public static final int st_atime = 72;
    public static final int st_atime_nsec = 80;
    public static final int st_mtime = 88;
    public static final int st_mtime_nsec = 96;
    public static final int st_ctime = 104;
    public static final int st_ctime_nsec = 112;

    private StructStat() {}
  }

  /** Offsets within {@code struct statx}. */
  public static final class Statx {
    public static final int SIZEOF = 256;
    public static final int stx_mask = 0;
    public static final int stx_blksize = 4;
    public static final int stx_attributes = 8;
    public static final int stx_nlink = 16;
    public static final int stx_uid = 20;
    public static final int stx_gid = 24;
    public static final int stx_mode = 28;
    public static final int stx_ino = 32;
    public static final int stx_size = 40;
    public static final int stx_blocks = 48;
    public static final int stx_attributes_mask = 56;
    public static final int stx_atime = 64;
    public static final int stx_btime = 80;
    public static final int stx_ctime = 96;
    public static final int stx_mtime = 112;
    public static final int stx_rdev_major = 128;
    public static final int stx_rdev_minor = 132;
    public static final int stx_dev_major = 136;
    public static final int stx_dev_minor = 140;
    public static final int stx_mnt_id = 144;
    public static final int stx_dio_mem_align = 152;
    public static final int stx_dio_offset_align = 156;

    private Statx() {}
  }

  /** Offsets within {@code struct statx_timestamp}. */
  public static final class StatxTimestamp {
    public static final int SIZEOF = 16;
    public static final int tv_sec = 0;
    public static final int tv_nsec = 8;

    private StatxTimestamp() {}
  }

  /** Offsets within {@code struct statfs}. */
  public static final class Statfs {
    public static final int SIZEOF = 120;
    public static final int f_type = 0;
    public static final int f_bsize = 8;
    public static final int f_blocks = 16;
    public static final int f_bfree = 24;
    public static final int f_bavail = 32;
    public static final int f_files = 40;
    public static final int f_ffree = 48;
    public static final int f_fsid = 56;
    public static final int f_namelen = 64;
    public static final int f_frsize = 72;
    public static final int f_flags = 80;

    private Statfs() {}
  }

  /** Offsets within {@code struct linux_dirent64}. */
  public static final class LinuxDirent64 {
    public static final int SIZEOF = 24;
    public static final int d_ino = 0;
    public static final int d_off = 8;
    public static final int d_reclen = 16;
    public static final int d_type = 18;
    public static final int d_name = 19;

    private LinuxDirent64() {}
  }
}
