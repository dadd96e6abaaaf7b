// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** open(2), fcntl(2) and what else takes flags of include/uapi/asm-generic/fcntl.h. */
public final class Fcntl {

  // Access modes and flags of open(2), include/uapi/asm-generic/fcntl.h as x86 has them.
  public static final int O_ACCMODE = 0x3;
  public static final int O_RDONLY = 0x0;
  public static final int O_WRONLY = 0x1;
  public static final int O_RDWR = 0x2;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;
  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int FASYNC = 0x2000;
  public static final int O_DIRECT = 0x4000;
  public static final int O_LARGEFILE = 0x8000;
  public static final int O_DIRECTORY = 0x10000;
  public static final int O_NOFOLLOW = 0x20000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_SYNC = 0x101000;
  public static final int O_PATH = 0x200000;
  public static final int O_TMPFILE = 0x410000;
  public static final int __O_TMPFILE = 0x400000;

  // *at(2), include/uapi/linux/fcntl.h; AT_RECURSIVE since Linux 5.2, AT_HANDLE_FID since 6.5.
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_EACCESS = 0x200;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_SYMLINK_FOLLOW = 0x400;
  public static final int AT_NO_AUTOMOUNT = 0x800;
  public static final int AT_EMPTY_PATH = 0x1000;
  public static final int AT_RECURSIVE = 0x8000;
  public static final int AT_HANDLE_FID = 0x200;
  public static final int AT_STATX_SYNC_TYPE = 0x6000;
  public static final int AT_STATX_SYNC_AS_STAT = 0x0;
  public static final int AT_STATX_FORCE_SYNC = 0x2000;
  public static final int AT_STATX_DONT_SYNC = 0x4000;
  public static final int AT_FDCWD = -100;

  // openat2(2), include/uapi/linux/openat2.h, since Linux 5.6.
  public static final int RESOLVE_NO_XDEV = 0x1;
  public static final int RESOLVE_NO_MAGICLINKS = 0x2;
  public static final int RESOLVE_NO_SYMLINKS = 0x4;
  public static final int RESOLVE_BENEATH = 0x8;
  public static final int RESOLVE_IN_ROOT = 0x10;
  public static final int RESOLVE_CACHED = 0x20;

  // fcntl(2) commands; OFD locks since Linux 3.15, seals 3.17, hints 4.13, DUPFD_QUERY and
  // CREATED_QUERY 6.10/6.12.
  public static final int F_DUPFD = 0;
  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_GETLK = 5;
  public static final int F_SETLK = 6;
  public static final int F_SETLKW = 7;
  public static final int F_SETOWN = 8;
  public static final int F_GETOWN = 9;
  public static final int F_SETSIG = 10;
  public static final int F_GETSIG = 11;
  public static final int F_SETOWN_EX = 15;
  public static final int F_GETOWN_EX = 16;
  public static final int F_GETOWNER_UIDS = 17;
  public static final int F_OFD_GETLK = 36;
  public static final int F_OFD_SETLK = 37;
  public static final int F_OFD_SETLKW = 38;
  public static final int F_SETLEASE = 1024;
  public static final int F_GETLEASE = 1025;
  public static final int F_NOTIFY = 1026;
  public static final int F_DUPFD_QUERY = 1027;
  public static final int F_CREATED_QUERY = 1028;
  public static final int F_CANCELLK = 1029;
  public static final int F_DUPFD_CLOEXEC = 1030;
  public static final int F_SETPIPE_SZ = 1031;
  public static final int F_GETPIPE_SZ = 1032;
  public static final int F_ADD_SEALS = 1033;
  public static final int F_GET_SEALS = 1034;
  public static final int F_GET_RW_HINT = 1035;
  public static final int F_SET_RW_HINT = 1036;
  public static final int F_GET_FILE_RW_HINT = 1037;
  public static final int F_SET_FILE_RW_HINT = 1038;
  public static final int FD_CLOEXEC = 1;
  public static final int F_RDLCK = 0;
  public static final int F_WRLCK = 1;
  public static final int F_UNLCK = 2;
  public static final int F_OWNER_TID = 0;
  public static final int F_OWNER_PID = 1;
  public static final int F_OWNER_PGRP = 2;

  // Seals; F_SEAL_FUTURE_WRITE since Linux 5.1, F_SEAL_EXEC since 6.3.
  public static final int F_SEAL_SEAL = 0x1;
  public static final int F_SEAL_SHRINK = 0x2;
  public static final int F_SEAL_GROW = 0x4;
  public static final int F_SEAL_WRITE = 0x8;
  public static final int F_SEAL_FUTURE_WRITE = 0x10;
  public static final int F_SEAL_EXEC = 0x20;

  // flock(2).
  public static final int LOCK_SH = 1;
  public static final int LOCK_EX = 2;
  public static final int LOCK_NB = 4;
  public static final int LOCK_UN = 8;
  public static final int LOCK_MAND = 32;
  public static final int LOCK_READ = 64;
  public static final int LOCK_WRITE = 128;

  // fcntl(F_NOTIFY).
  public static final int DN_ACCESS = 0x1;
  public static final int DN_MODIFY = 0x2;
  public static final int DN_CREATE = 0x4;
  public static final int DN_DELETE = 0x8;
  public static final int DN_RENAME = 0x10;
  public static final int DN_ATTRIB = 0x20;
  public static final long DN_MULTISHOT = 0x80000000L;

  private Fcntl() {}

  /** openat(2) with {@link #AT_FDCWD}; the descriptor is close-on-exec only if asked. */
  public static int open(String path, int flags, int mode) {
    return openat(AT_FDCWD, path, flags, mode);
  }

  /** openat(2). */
  public static int openat(int dirfd, String path, int flags, int mode) {
    long result = Syscall.raw(Nr.SYS_openat, dirfd, Scratch.name(path), flags, mode);
    if (result < 0) {
      throw ErrnoException.of(
          result, "openat", at(dirfd), quote(path), hex(flags), "0" + Integer.toOctalString(mode));
    }
    return (int) result;
  }

  /** openat2(2), since Linux 5.6; {@code resolve} are RESOLVE_*. */
  public static int openat2(int dirfd, String path, long flags, int mode, long resolve) {
    NativeMemory how = Scratch.memory();
    how.putLong(OpenHow.flags, flags).putLong(OpenHow.mode, mode).putLong(OpenHow.resolve, resolve);
    long name = Scratch.name(path);
    long result = Syscall.raw(Nr.SYS_openat2, dirfd, name, how.address(), OpenHow.SIZEOF);
    if (result < 0) {
      throw ErrnoException.of(
          result,
          "openat2",
          at(dirfd),
          quote(path),
          flags,
          "0" + Integer.toOctalString(mode),
          resolve);
    }
    return (int) result;
  }

  /** fcntl(2); {@code name} is the command's C name for the error text. */
  public static int fcntl(int fd, int command, String name, long argument) {
    long result = Syscall.raw(Nr.SYS_fcntl, fd, command, argument);
    if (Syscall.failed(result)) {
      throw ErrnoException.of(result, "fcntl", fd, name, argument);
    }
    return (int) result;
  }

  /** The descriptor's flags: 0 or {@link #FD_CLOEXEC}. */
  public static int getFd(int fd) {
    return fcntl(fd, F_GETFD, "F_GETFD", 0);
  }

  /** Sets the descriptor's flags. */
  public static void setFd(int fd, int flags) {
    fcntl(fd, F_SETFD, "F_SETFD", flags);
  }

  /** The open file's flags and access mode (O_*). */
  public static int getFl(int fd) {
    return fcntl(fd, F_GETFL, "F_GETFL", 0);
  }

  /** Sets those of the open file's flags that can change. */
  public static void setFl(int fd, int flags) {
    fcntl(fd, F_SETFL, "F_SETFL", flags);
  }

  /** Who gets SIGIO: {@link FOwnerEx}, type in the low, pid in the high 32 bits. */
  public static long getOwnerEx(int fd) {
    NativeMemory owner = Scratch.memory();
    fcntl(fd, F_GETOWN_EX, "F_GETOWN_EX", owner.address());
    return owner.getLong(0);
  }

  /** Sets who gets SIGIO; {@code type} is F_OWNER_*. */
  public static void setOwnerEx(int fd, int type, int pid) {
    NativeMemory owner = Scratch.memory();
    owner.putInt(FOwnerEx.type, type).putInt(FOwnerEx.pid, pid);
    fcntl(fd, F_SETOWN_EX, "F_SETOWN_EX", owner.address());
  }

  /** The real uid and the effective uid that F_SETOWN recorded; needs CONFIG_CHECKPOINT_RESTORE. */
  public static int[] getOwnerUids(int fd) {
    NativeMemory uids = Scratch.memory();
    fcntl(fd, F_GETOWNER_UIDS, "F_GETOWNER_UIDS", uids.address());
    return new int[] {uids.getInt(0), uids.getInt(4)};
  }

  /** Which signal comes instead of SIGIO, 0 for SIGIO without siginfo. */
  public static int getSig(int fd) {
    return fcntl(fd, F_GETSIG, "F_GETSIG", 0);
  }

  /** Sets which signal comes instead of SIGIO. */
  public static void setSig(int fd, int signal) {
    fcntl(fd, F_SETSIG, "F_SETSIG", signal);
  }

  /** F_SEAL_*; EINVAL if the file system has no seals. */
  public static int getSeals(int fd) {
    return fcntl(fd, F_GET_SEALS, "F_GET_SEALS", 0);
  }

  /** Adds F_SEAL_*. */
  public static void addSeals(int fd, int seals) {
    fcntl(fd, F_ADD_SEALS, "F_ADD_SEALS", seals);
  }

  /** The pipe's capacity in bytes. */
  public static int getPipeSize(int fd) {
    return fcntl(fd, F_GETPIPE_SZ, "F_GETPIPE_SZ", 0);
  }

  /** Sets the pipe's capacity; returns what it became, in bytes. */
  public static int setPipeSize(int fd, int lengthBytes) {
    return fcntl(fd, F_SETPIPE_SZ, "F_SETPIPE_SZ", lengthBytes);
  }

  /** F_RDLCK, F_WRLCK or F_UNLCK. */
  public static int getLease(int fd) {
    return fcntl(fd, F_GETLEASE, "F_GETLEASE", 0);
  }

  /** Takes or drops a lease. */
  public static void setLease(int fd, int type) {
    fcntl(fd, F_SETLEASE, "F_SETLEASE", type);
  }

  /** A duplicate, close-on-exec, with the lowest free number from {@code lowest} on. */
  public static int dupCloexec(int fd, int lowest) {
    return fcntl(fd, F_DUPFD_CLOEXEC, "F_DUPFD_CLOEXEC", lowest);
  }

  /** flock(2); not repeated after EINTR. */
  public static void flock(int fd, int operation) {
    long result = Syscall.raw(Nr.SYS_flock, fd, operation);
    if (result < 0) {
      throw ErrnoException.of(result, "flock", fd, operation);
    }
  }

  static String at(int dirfd) {
    return dirfd == AT_FDCWD ? "AT_FDCWD" : Integer.toString(dirfd);
  }

  static String quote(String name) {
    return name == null ? "NULL" : '"' + name + '"';
  }

  static String hex(int flags) {
    return "0x" + Integer.toHexString(flags);
  }

  /** Offsets within {@code struct open_how}. */
  public static final class OpenHow {
    public static final int SIZEOF = 24;
    public static final int flags = 0;
    public static final int mode = 8;
    public static final int resolve = 16;

    private OpenHow() {}
  }

  /** Offsets within {@code struct f_owner_ex}. */
  public static final class FOwnerEx {
    public static final int SIZEOF = 8;
    public static final int type = 0;
    public static final int pid = 4;

    private FOwnerEx() {}
  }

  /** Offsets within {@code struct flock}. */
  public static final class Flock {
    public static final int SIZEOF = 32;
    public static final int l_type = 0;
    public static final int l_whence = 2;
    public static final int l_start = 8;
    public static final int l_len = 16;
    public static final int l_pid = 24;

    private Flock() {}
  }
}
