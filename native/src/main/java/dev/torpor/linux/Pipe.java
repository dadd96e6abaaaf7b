// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** splice(2) and kin, fallocate(2), eventfd2(2), file handles. */
public final class Pipe {

  // include/linux/splice.h.
  public static final int SPLICE_F_MOVE = 1;
  public static final int SPLICE_F_NONBLOCK = 2;
  public static final int SPLICE_F_MORE = 4;
  public static final int SPLICE_F_GIFT = 8;

  // include/linux/eventfd.h; the other flags are O_CLOEXEC and O_NONBLOCK.
  public static final int EFD_SEMAPHORE = 1;

  // include/uapi/linux/falloc.h.
  public static final int FALLOC_FL_KEEP_SIZE = 0x1;
  public static final int FALLOC_FL_PUNCH_HOLE = 0x2;
  public static final int FALLOC_FL_COLLAPSE_RANGE = 0x8;
  public static final int FALLOC_FL_ZERO_RANGE = 0x10;
  public static final int FALLOC_FL_INSERT_RANGE = 0x20;
  public static final int FALLOC_FL_UNSHARE_RANGE = 0x40;

  // include/linux/exportfs.h.
  public static final int MAX_HANDLE_SZ = 128;

  private Pipe() {}

  /** splice(2) at the files' own positions: how many bytes moved, 0 at the end of the input. */
  public static long splice(int in, int out, long lengthBytes, int flags) {
    long result = Syscall.raw(Nr.SYS_splice, in, 0, out, 0, lengthBytes, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "splice", in, out, lengthBytes, flags);
    }
    return result;
  }

  /** tee(2): copies from one pipe to another without taking anything out. */
  public static long tee(int in, int out, long lengthBytes, int flags) {
    long result = Syscall.raw(Nr.SYS_tee, in, out, lengthBytes, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "tee", in, out, lengthBytes, flags);
    }
    return result;
  }

  /** vmsplice(2) of {@link ProcessVm.Iovec}s. */
  public static long vmsplice(int fd, long iovecs, int count, int flags) {
    long result = Syscall.raw(Nr.SYS_vmsplice, fd, iovecs, count, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "vmsplice", fd, iovecs, count, flags);
    }
    return result;
  }

  /** fallocate(2). */
  public static void fallocate(int fd, int mode, long offset, long lengthBytes) {
    long result = Syscall.raw(Nr.SYS_fallocate, fd, mode, offset, lengthBytes);
    if (result < 0) {
      throw ErrnoException.of(result, "fallocate", fd, Fcntl.hex(mode), offset, lengthBytes);
    }
  }

  /** eventfd2(2). */
  public static int eventfd(int initialValue, int flags) {
    long result = Syscall.raw(Nr.SYS_eventfd2, initialValue, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "eventfd2", initialValue, Fcntl.hex(flags));
    }
    return (int) result;
  }

  /**
   * name_to_handle_at(2): a name that survives renaming.
   *
   * @param handle a {@link FileHandle} with {@code handle_bytes} set to the room behind it
   * @return the mount's id
   */
  public static int nameToHandleAt(int dirfd, String path, NativeMemory handle, int flags) {
    NativeMemory mountId = Scratch.memory();
    long name = Scratch.name(path);
    long result =
        Syscall.raw(
            Nr.SYS_name_to_handle_at, dirfd, name, handle.address(), mountId.address(), flags);
    if (result < 0) {
      throw ErrnoException.of(
          result, "name_to_handle_at", Fcntl.at(dirfd), Fcntl.quote(path), Fcntl.hex(flags));
    }
    return mountId.getInt(0);
  }

  /** open_by_handle_at(2); {@code mountFd} is any file of the mount. CAP_DAC_READ_SEARCH. */
  public static int openByHandleAt(int mountFd, NativeMemory handle, int flags) {
    long result = Syscall.raw(Nr.SYS_open_by_handle_at, mountFd, handle.address(), flags);
    if (result < 0) {
      throw ErrnoException.of(result, "open_by_handle_at", mountFd, Fcntl.hex(flags));
    }
    return (int) result;
  }

  /** Offsets within {@code struct file_handle}. */
  public static final class FileHandle {
    public static final int SIZEOF = 8;
    public static final int handle_bytes = 0;
    public static final int handle_type = 4;
    public static final int f_handle = 8;

    private FileHandle() {}
  }
}
