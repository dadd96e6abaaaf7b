// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * process_vm_readv(2), process_vm_writev(2). Since Linux 3.2; the caller needs the right to ptrace.
 *
 * <p>Both obey the pages' protection, unlike {@code /proc/pid/mem}.
 */
public final class ProcessVm {

  // include/uapi/linux/uio.h: most iovec in one call.
  public static final int UIO_MAXIOV = 1024;

  private ProcessVm() {}

  /**
   * Reads one range into {@code target} from its beginning.
   *
   * @return how many bytes were read: fewer than asked if a later page is not readable
   * @throws ErrnoException EFAULT if not even the first byte is readable
   */
  public static long read(int pid, long remoteAddress, NativeMemory target, int lengthBytes) {
    NativeMemory iovecs = Scratch.memory();
    iovecs.putLong(0, target.addressFor(lengthBytes)).putLong(8, lengthBytes);
    iovecs.putLong(16, remoteAddress).putLong(24, lengthBytes);
    long result = readv(pid, iovecs.address(), 1, iovecs.address() + 16, 1);
    if (result < 0) {
      throw ErrnoException.of(result, "process_vm_readv", pid, remoteAddress, lengthBytes + " B");
    }
    return result;
  }

  /** Writes one range from the beginning of {@code source}; otherwise as {@link #read}. */
  public static long write(int pid, long remoteAddress, NativeMemory source, int lengthBytes) {
    NativeMemory iovecs = Scratch.memory();
    iovecs.putLong(0, source.addressFor(lengthBytes)).putLong(8, lengthBytes);
    iovecs.putLong(16, remoteAddress).putLong(24, lengthBytes);
    long result = writev(pid, iovecs.address(), 1, iovecs.address() + 16, 1);
    if (result < 0) {
      throw ErrnoException.of(result, "process_vm_writev", pid, remoteAddress, lengthBytes + " B");
    }
    return result;
  }

  /**
   * process_vm_readv(2) itself.
   *
   * @param localIovecs address of {@link Iovec} array; at most {@link #UIO_MAXIOV}
   * @return bytes read, or an errno negated; stops at the first remote range that is not whole
   */
  public static long readv(
      int pid, long localIovecs, long localCount, long remoteIovecs, long remoteCount) {
    return Syscall.raw(
        Nr.SYS_process_vm_readv, pid, localIovecs, localCount, remoteIovecs, remoteCount, 0);
  }

  /** process_vm_writev(2) itself; otherwise as {@link #readv}. */
  public static long writev(
      int pid, long localIovecs, long localCount, long remoteIovecs, long remoteCount) {
    return Syscall.raw(
        Nr.SYS_process_vm_writev, pid, localIovecs, localCount, remoteIovecs, remoteCount, 0);
  }

  /** Offsets within {@code struct iovec}. */
  public static final class Iovec {
    public static final int SIZEOF = 16;
    public static final int iov_base = 0;
    public static final int iov_len = 8;

    private Iovec() {}
  }
}
