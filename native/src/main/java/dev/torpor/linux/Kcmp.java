// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** kcmp(2): whether two tasks share an object. Since Linux 3.5, include/uapi/linux/kcmp.h. */
public final class Kcmp {

  // KCMP_EPOLL_TFD since Linux 4.13.
  public static final int KCMP_FILE = 0;
  public static final int KCMP_VM = 1;
  public static final int KCMP_FILES = 2;
  public static final int KCMP_FS = 3;
  public static final int KCMP_SIGHAND = 4;
  public static final int KCMP_IO = 5;
  public static final int KCMP_SYSVSEM = 6;
  public static final int KCMP_EPOLL_TFD = 7;

  /** The objects are the same. */
  public static final int EQUAL = 0;

  private Kcmp() {}

  /**
   * Compares descriptor {@code fd1} of {@code pid1} with {@code fd2} of {@code pid2}.
   *
   * @return negative, 0 or positive as for a comparator; the order is the kernel's, stable until
   *     the next boot
   */
  public static int file(int pid1, int fd1, int pid2, int fd2) {
    return kcmp(pid1, pid2, KCMP_FILE, fd1, fd2);
  }

  /**
   * kcmp(2).
   *
   * @param type KCMP_*; the two indexes matter for {@link #KCMP_FILE} and {@link #KCMP_EPOLL_TFD}
   * @return negative, 0 or positive as for a comparator
   */
  public static int kcmp(int pid1, int pid2, int type, long index1, long index2) {
    long result = Syscall.raw(Nr.SYS_kcmp, pid1, pid2, type, index1, index2);
    if (result < 0) {
      throw ErrnoException.of(result, "kcmp", pid1, pid2, type, index1, index2);
    }
    // 3 is "not equal, and there is no order": the kernel gives it for no type it knows today.
    return result == 0 ? EQUAL : result == 1 ? -1 : 1;
  }

  /** Offsets within {@code struct kcmp_epoll_slot}. */
  public static final class EpollSlot {
    public static final int SIZEOF = 12;
    public static final int efd = 0;
    public static final int tfd = 4;
    public static final int toff = 8;

    private EpollSlot() {}
  }
}
