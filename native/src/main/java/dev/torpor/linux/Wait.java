// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** wait4(2), waitid(2). Constants from include/uapi/linux/wait.h. */
public final class Wait {

  public static final int WNOHANG = 0x1;
  public static final int WUNTRACED = 0x2;
  public static final int WSTOPPED = 0x2;
  public static final int WEXITED = 0x4;
  public static final int WCONTINUED = 0x8;
  public static final int WNOWAIT = 0x1000000;

  // Threads and children whatever their exit signal; __WNOTHREAD: not those of the caller's
  // siblings.
  public static final int __WNOTHREAD = 0x20000000;
  public static final int __WALL = 0x40000000;
  public static final long __WCLONE = 0x80000000L;

  // P_PIDFD since Linux 5.4.
  public static final int P_ALL = 0;
  public static final int P_PID = 1;
  public static final int P_PGID = 2;
  public static final int P_PIDFD = 3;

  private Wait() {}

  /**
   * wait4(2), repeated after EINTR.
   *
   * @param pid a task, -1 for any child, 0 or below -1 for a process group
   * @param options such as {@link #__WALL}
   * @return the report; with {@link #WNOHANG} its pid is 0 if there was none
   */
  public static WaitStatus wait4(int pid, int options) {
    NativeMemory status = Scratch.memory();
    while (true) {
      status.putInt(0, 0);
      long result = Syscall.raw(Nr.SYS_wait4, pid, status.address(), options, 0);
      if (result >= 0) {
        return new WaitStatus((int) result, status.getInt(0));
      }
      if (result != -Errno.EINTR.number()) {
        throw ErrnoException.of(result, "wait4", pid, flags(options));
      }
    }
  }

  /**
   * waitid(2), repeated after EINTR.
   *
   * @param siginfo room for a {@link Siginfo}, zeroed by the kernel if {@link #WNOHANG} found none
   */
  public static void waitid(int idtype, int id, NativeMemory siginfo, int options) {
    long result;
    do {
      result =
          Syscall.raw(
              Nr.SYS_waitid, idtype, id, siginfo.addressFor(Siginfo.SI_MAX_SIZE), options, 0);
    } while (result == -Errno.EINTR.number());
    if (result < 0) {
      throw ErrnoException.of(result, "waitid", idtype, id, flags(options));
    }
  }

  private static String flags(int options) {
    return "0x" + Integer.toHexString(options);
  }
}
