// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.util.Arrays;

/** Calls on descriptors, names and identity that have no header of their own. */
public final class Unistd {

  // lseek(2), include/uapi/linux/fs.h.
  public static final int SEEK_SET = 0;
  public static final int SEEK_CUR = 1;
  public static final int SEEK_END = 2;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  // close_range(2), include/uapi/linux/close_range.h, since Linux 5.9/5.11.
  public static final int CLOSE_RANGE_UNSHARE = 2;
  public static final int CLOSE_RANGE_CLOEXEC = 4;

  // renameat2(2), include/uapi/linux/fs.h.
  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;
  public static final int RENAME_WHITEOUT = 4;

  // preadv2(2), include/uapi/linux/fs.h.
  public static final int RWF_HIPRI = 0x1;
  public static final int RWF_DSYNC = 0x2;
  public static final int RWF_SYNC = 0x4;
  public static final int RWF_NOWAIT = 0x8;
  public static final int RWF_APPEND = 0x10;

  // include/uapi/linux/limits.h.
  public static final int PATH_MAX = 4096;
  public static final int NAME_MAX = 255;

  private Unistd() {}

  /**
   * close(2). EINTR counts as done, because Linux has released the descriptor by then.
   *
   * @throws ErrnoException EBADF for a stray number, EIO and others for lost data
   */
  public static void close(int fd) {
    long result = Syscall.raw(Nr.SYS_close, fd);
    if (result < 0 && result != -Errno.EINTR.number()) {
      throw ErrnoException.of(result, "close", fd);
    }
  }

  /** close_range(2): descriptors {@code first} to {@code last}, both included. Since Linux 5.9. */
  public static void closeRange(int first, int last, int flags) {
    // Unsigned in the kernel: -1 stands for "to the end".
    long result = Syscall.raw(Nr.SYS_close_range, first, last & 0xffffffffL, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "close_range", first, last, flags);
    }
  }

  /** dup3(2); {@code flags} is 0 or O_CLOEXEC. */
  public static int dup3(int fd, int newFd, int flags) {
    long result = Syscall.raw(Nr.SYS_dup3, fd, newFd, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "dup3", fd, newFd, flags);
    }
    return (int) result;
  }

  /** pipe2(2): read end, write end. */
  public static int[] pipe2(int flags) {
    NativeMemory fds = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_pipe2, fds.address(), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "pipe2", Fcntl.hex(flags));
    }
    return new int[] {fds.getInt(0), fds.getInt(4)};
  }

  /** read(2), repeated after EINTR; 0 at the end. */
  public static int read(int fd, long address, int lengthBytes) {
    long result;
    do {
      result = Syscall.raw(Nr.SYS_read, fd, address, lengthBytes);
    } while (result == -Errno.EINTR.number());
    if (result < 0) {
      throw ErrnoException.of(result, "read", fd, address, lengthBytes);
    }
    return (int) result;
  }

  /** write(2), repeated after EINTR if nothing was written. */
  public static int write(int fd, long address, int lengthBytes) {
    long result;
    do {
      result = Syscall.raw(Nr.SYS_write, fd, address, lengthBytes);
    } while (result == -Errno.EINTR.number());
    if (result < 0) {
      throw ErrnoException.of(result, "write", fd, address, lengthBytes);
    }
    return (int) result;
  }

  /** read(2) of the whole of {@code target}, or as far as the data goes. */
  public static int read(int fd, NativeMemory target) {
    return read(fd, target.address(), target.lengthBytes());
  }

  /** read(2) of at most a page into an array; 0 at the end. */
  public static int read(int fd, byte[] target) {
    NativeMemory piece = Scratch.memory();
    int got = read(fd, piece.address(), Math.min(target.length, Scratch.STRUCT_BYTES));
    piece.getBytes(0, target, 0, got);
    return got;
  }

  /**
   * Reads a file from where its descriptor stands to its end, by pieces of a page: what files of
   * proc give at once.
   */
  public static byte[] readAll(int fd) {
    NativeMemory piece = Scratch.memory();
    byte[] all = {};
    int length = 0;
    while (true) {
      int got = read(fd, piece.address(), Scratch.STRUCT_BYTES);
      if (got == 0) {
        return length == all.length ? all : Arrays.copyOf(all, length);
      }
      if (length + got > all.length) {
        all = Arrays.copyOf(all, length == 0 ? got : 4 * (length + got));
      }
      piece.getBytes(0, all, length, got);
      length += got;
    }
  }

  /** Writes all of {@code source}, however many write(2) that takes. */
  public static void writeAll(int fd, NativeMemory source) {
    int done = 0;
    while (done < source.lengthBytes()) {
      done += write(fd, source.address(done), source.lengthBytes() - done);
    }
  }

  /** pread(2). */
  public static long pread(int fd, long address, long lengthBytes, long offset) {
    long result = Syscall.raw(Nr.SYS_pread64, fd, address, lengthBytes, offset);
    if (result < 0) {
      throw ErrnoException.of(result, "pread64", fd, address, lengthBytes, offset);
    }
    return result;
  }

  /** pwrite(2). */
  public static long pwrite(int fd, long address, long lengthBytes, long offset) {
    long result = Syscall.raw(Nr.SYS_pwrite64, fd, address, lengthBytes, offset);
    if (result < 0) {
      throw ErrnoException.of(result, "pwrite64", fd, address, lengthBytes, offset);
    }
    return result;
  }

  /** readv(2); {@code iovecs} is the address of {@link ProcessVm.Iovec}s. */
  public static long readv(int fd, long iovecs, int count) {
    long result = Syscall.raw(Nr.SYS_readv, fd, iovecs, count);
    if (result < 0) {
      throw ErrnoException.of(result, "readv", fd, iovecs, count);
    }
    return result;
  }

  /** writev(2). */
  public static long writev(int fd, long iovecs, int count) {
    long result = Syscall.raw(Nr.SYS_writev, fd, iovecs, count);
    if (result < 0) {
      throw ErrnoException.of(result, "writev", fd, iovecs, count);
    }
    return result;
  }

  /** preadv(2). */
  public static long preadv(int fd, long iovecs, int count, long offset) {
    // The last argument would be the offset's upper half on a 32-bit kernel.
    long result = Syscall.raw(Nr.SYS_preadv, fd, iovecs, count, offset, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "preadv", fd, iovecs, count, offset);
    }
    return result;
  }

  /** pwritev(2). */
  public static long pwritev(int fd, long iovecs, int count, long offset) {
    long result = Syscall.raw(Nr.SYS_pwritev, fd, iovecs, count, offset, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "pwritev", fd, iovecs, count, offset);
    }
    return result;
  }

  /** lseek(2): the new position, in bytes; ENXIO if SEEK_DATA finds none. */
  public static long lseek(int fd, long offset, int whence) {
    long result = Syscall.raw(Nr.SYS_lseek, fd, offset, whence);
    if (result < 0) {
      throw ErrnoException.of(result, "lseek", fd, offset, whence);
    }
    return result;
  }

  /** ftruncate(2). */
  public static void ftruncate(int fd, long lengthBytes) {
    long result = Syscall.raw(Nr.SYS_ftruncate, fd, lengthBytes);
    if (result < 0) {
      throw ErrnoException.of(result, "ftruncate", fd, lengthBytes);
    }
  }

  /** fsync(2). */
  public static void fsync(int fd) {
    long result = Syscall.raw(Nr.SYS_fsync, fd);
    if (result < 0) {
      throw ErrnoException.of(result, "fsync", fd);
    }
  }

  /** copy_file_range(2) at the given offsets; returns how many bytes. */
  public static long copyFileRange(
      int in, long inOffset, int out, long outOffset, long lengthBytes) {
    NativeMemory offsets = Scratch.memory();
    offsets.putLong(0, inOffset).putLong(8, outOffset);
    long at = offsets.address();
    long result = Syscall.raw(Nr.SYS_copy_file_range, in, at, out, at + 8, lengthBytes, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "copy_file_range", in, inOffset, out, outOffset, lengthBytes);
    }
    return result;
  }

  /** readlinkat(2); an empty path reads the link that {@code dirfd} (O_PATH) is. */
  public static String readlinkat(int dirfd, String path) {
    NativeMemory target = Scratch.memory();
    long name = Scratch.name(path);
    int room = Scratch.STRUCT_BYTES;
    long result = Syscall.raw(Nr.SYS_readlinkat, dirfd, name, target.address(), room);
    if (result < 0) {
      throw ErrnoException.of(result, "readlinkat", Fcntl.at(dirfd), Fcntl.quote(path));
    }
    return KernelString.decode(target.getBytes(0, (int) result));
  }

  /** mkdirat(2). */
  public static void mkdirat(int dirfd, String path, int mode) {
    long result = Syscall.raw(Nr.SYS_mkdirat, dirfd, Scratch.name(path), mode);
    if (result < 0) {
      throw ErrnoException.of(result, "mkdirat", Fcntl.at(dirfd), Fcntl.quote(path), octal(mode));
    }
  }

  /** mknodat(2); {@code device} as {@link Stat#makedev} makes it. */
  public static void mknodat(int dirfd, String path, int mode, long device) {
    long result = Syscall.raw(Nr.SYS_mknodat, dirfd, Scratch.name(path), mode, device);
    if (result < 0) {
      throw ErrnoException.of(
          result, "mknodat", Fcntl.at(dirfd), Fcntl.quote(path), octal(mode), device);
    }
  }

  /** unlinkat(2); AT_REMOVEDIR for a directory. */
  public static void unlinkat(int dirfd, String path, int flags) {
    long result = Syscall.raw(Nr.SYS_unlinkat, dirfd, Scratch.name(path), flags);
    if (result < 0) {
      throw ErrnoException.of(
          result, "unlinkat", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags));
    }
  }

  /** symlinkat(2). */
  public static void symlinkat(String target, int dirfd, String path) {
    long first = Scratch.name(target);
    long result = Syscall.raw(Nr.SYS_symlinkat, first, dirfd, Scratch.secondName(path));
    if (result < 0) {
      throw ErrnoException.of(
          result, "symlinkat", Fcntl.quote(target), Fcntl.at(dirfd), Fcntl.quote(path));
    }
  }

  /** linkat(2); AT_EMPTY_PATH with an empty {@code from} links the file {@code fromFd} is. */
  public static void linkat(int fromFd, String from, int toFd, String to, int flags) {
    long first = Scratch.name(from);
    long second = Scratch.secondName(to);
    long result = Syscall.raw(Nr.SYS_linkat, fromFd, first, toFd, second, flags);
    if (result < 0) {
      throw ErrnoException.of(
          result,
          "linkat",
          Fcntl.at(fromFd),
          Fcntl.quote(from),
          Fcntl.at(toFd),
          Fcntl.quote(to),
          flags);
    }
  }

  /** renameat2(2). */
  public static void renameat2(int fromFd, String from, int toFd, String to, int flags) {
    long first = Scratch.name(from);
    long second = Scratch.secondName(to);
    long result = Syscall.raw(Nr.SYS_renameat2, fromFd, first, toFd, second, flags);
    if (result < 0) {
      throw ErrnoException.of(
          result,
          "renameat2",
          Fcntl.at(fromFd),
          Fcntl.quote(from),
          Fcntl.at(toFd),
          Fcntl.quote(to),
          flags);
    }
  }

  /** fchownat(2). */
  public static void fchownat(int dirfd, String path, int uid, int gid, int flags) {
    long result = Syscall.raw(Nr.SYS_fchownat, dirfd, Scratch.name(path), uid, gid, flags);
    if (result < 0) {
      throw ErrnoException.of(
          result, "fchownat", Fcntl.at(dirfd), Fcntl.quote(path), uid, gid, Fcntl.hex(flags));
    }
  }

  /** fchown(2). */
  public static void fchown(int fd, int uid, int gid) {
    long result = Syscall.raw(Nr.SYS_fchown, fd, uid, gid);
    if (result < 0) {
      throw ErrnoException.of(result, "fchown", fd, uid, gid);
    }
  }

  /** fchmod(2). */
  public static void fchmod(int fd, int mode) {
    long result = Syscall.raw(Nr.SYS_fchmod, fd, mode);
    if (result < 0) {
      throw ErrnoException.of(result, "fchmod", fd, octal(mode));
    }
  }

  /** fchmodat(2), which follows symbolic links. */
  public static void fchmodat(int dirfd, String path, int mode) {
    long result = Syscall.raw(Nr.SYS_fchmodat, dirfd, Scratch.name(path), mode);
    if (result < 0) {
      throw ErrnoException.of(result, "fchmodat", Fcntl.at(dirfd), Fcntl.quote(path), octal(mode));
    }
  }

  /**
   * utimensat(2).
   *
   * @param path null for {@code dirfd} itself
   * @param times access seconds, nanoseconds, modification seconds, nanoseconds
   */
  public static void utimensat(int dirfd, String path, long[] times, int flags) {
    NativeMemory timespecs = Scratch.memory();
    for (int i = 0; i < 4; i++) {
      timespecs.putLong(8 * i, times[i]);
    }
    long name = path == null ? 0 : Scratch.name(path);
    long result = Syscall.raw(Nr.SYS_utimensat, dirfd, name, timespecs.address(), flags);
    if (result < 0) {
      throw ErrnoException.of(
          result, "utimensat", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags));
    }
  }

  /** chdir(2) of the whole JVM, which java.io does not notice. */
  public static void chdir(String path) {
    long result = Syscall.raw(Nr.SYS_chdir, Scratch.name(path));
    if (result < 0) {
      throw ErrnoException.of(result, "chdir", Fcntl.quote(path));
    }
  }

  /** fchdir(2) of the whole JVM. */
  public static void fchdir(int fd) {
    long result = Syscall.raw(Nr.SYS_fchdir, fd);
    if (result < 0) {
      throw ErrnoException.of(result, "fchdir", fd);
    }
  }

  /** chroot(2) of the whole JVM. */
  public static void chroot(String path) {
    long result = Syscall.raw(Nr.SYS_chroot, Scratch.name(path));
    if (result < 0) {
      throw ErrnoException.of(result, "chroot", Fcntl.quote(path));
    }
  }

  /** getdents64(2): {@link Stat.LinuxDirent64} records; 0 bytes at the end. */
  public static int getdents64(int fd, NativeMemory target) {
    long result = Syscall.raw(Nr.SYS_getdents64, fd, target.address(), target.lengthBytes());
    if (result < 0) {
      throw ErrnoException.of(result, "getdents64", fd);
    }
    return (int) result;
  }

  /** umask(2), of all threads that have one with this one; returns what it was. */
  public static int umask(int mask) {
    return (int) Syscall.raw(Nr.SYS_umask, mask);
  }

  /** getpid(2). */
  public static int getpid() {
    return (int) Syscall.raw(Nr.SYS_getpid);
  }

  /** gettid(2): which kernel task this Java thread is. */
  public static int gettid() {
    return (int) Syscall.raw(Nr.SYS_gettid);
  }

  /** getppid(2). */
  public static int getppid() {
    return (int) Syscall.raw(Nr.SYS_getppid);
  }

  /** getpgid(2). */
  public static int getpgid(int pid) {
    long result = Syscall.raw(Nr.SYS_getpgid, pid);
    if (result < 0) {
      throw ErrnoException.of(result, "getpgid", pid);
    }
    return (int) result;
  }

  /** getsid(2). */
  public static int getsid(int pid) {
    long result = Syscall.raw(Nr.SYS_getsid, pid);
    if (result < 0) {
      throw ErrnoException.of(result, "getsid", pid);
    }
    return (int) result;
  }

  /** geteuid(2). */
  public static int geteuid() {
    return (int) Syscall.raw(Nr.SYS_geteuid);
  }

  private static String octal(int mode) {
    return "0" + Integer.toOctalString(mode);
  }
}
