// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Descriptors of processes. Constants from include/uapi/linux/pidfd.h. */
public final class Pidfd {

  // PIDFD_NONBLOCK since Linux 5.10, PIDFD_THREAD since 6.9.
  public static final int PIDFD_NONBLOCK = 0x800;
  public static final int PIDFD_THREAD = 0x80;

  // pidfd_send_signal flags, since Linux 6.9.
  public static final int PIDFD_SIGNAL_THREAD = 1;
  public static final int PIDFD_SIGNAL_THREAD_GROUP = 2;
  public static final int PIDFD_SIGNAL_PROCESS_GROUP = 4;

  // ioctl on a pidfd: namespaces since Linux 6.11.
  public static final int PIDFD_GET_CGROUP_NAMESPACE = 0xff01;
  public static final int PIDFD_GET_IPC_NAMESPACE = 0xff02;
  public static final int PIDFD_GET_MNT_NAMESPACE = 0xff03;
  public static final int PIDFD_GET_NET_NAMESPACE = 0xff04;
  public static final int PIDFD_GET_PID_NAMESPACE = 0xff05;
  public static final int PIDFD_GET_PID_FOR_CHILDREN_NAMESPACE = 0xff06;
  public static final int PIDFD_GET_TIME_NAMESPACE = 0xff07;
  public static final int PIDFD_GET_TIME_FOR_CHILDREN_NAMESPACE = 0xff08;
  public static final int PIDFD_GET_USER_NAMESPACE = 0xff09;
  public static final int PIDFD_GET_UTS_NAMESPACE = 0xff0a;

  // Since Linux 6.13, of a task that was reaped since 6.15.
  public static final int PIDFD_GET_INFO = 0xc040ff0b;
  public static final int PIDFD_INFO_EXIT = 8;

  private Pidfd() {}

  /** pidfd_open(2), close-on-exec. Since Linux 5.3; {@link #PIDFD_THREAD} for any thread. */
  public static int pidfdOpen(int pid, int flags) {
    long result = Syscall.raw(Nr.SYS_pidfd_open, pid, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "pidfd_open", pid, flags);
    }
    return (int) result;
  }

  /**
   * pidfd_open(2) of a task by the id of any of its threads, for what looks at that thread: its
   * descriptors and namespaces. Of another than the main thread since Linux 6.9.
   */
  public static int pidfdOpenAny(int tid) {
    long result = Syscall.raw(Nr.SYS_pidfd_open, tid, 0);
    boolean noLeader = result == -Errno.EINVAL.number() || result == -Errno.ENOENT.number();
    return result < 0 ? pidfdOpen(tid, noLeader ? PIDFD_THREAD : 0) : (int) result;
  }

  /** pidfd_getfd(2): a duplicate of the process's descriptor, close-on-exec. Since Linux 5.6. */
  public static int pidfdGetfd(int pidfd, int targetFd) {
    long result = Syscall.raw(Nr.SYS_pidfd_getfd, pidfd, targetFd, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "pidfd_getfd", pidfd, targetFd);
    }
    return (int) result;
  }

  /** pidfd_send_signal(2) without siginfo. Since Linux 5.1. */
  public static void pidfdSendSignal(int pidfd, int signal) {
    long result = Syscall.raw(Nr.SYS_pidfd_send_signal, pidfd, signal, 0, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "pidfd_send_signal", pidfd, Signal.name(signal));
    }
  }

  /**
   * How a task ended that was reaped, as wait(2) gives it; {@code unknown} if the kernel does not
   * tell.
   */
  public static int exitStatus(int pidfd, int unknown) {
    NativeMemory info = Scratch.memory().putLong(PidfdInfo.mask, PIDFD_INFO_EXIT);
    long result =
        Syscall.raw(Nr.SYS_ioctl, pidfd, Integer.toUnsignedLong(PIDFD_GET_INFO), info.address());
    boolean told = result >= 0 && (info.getLong(PidfdInfo.mask) & PIDFD_INFO_EXIT) != 0;
    return told ? info.getInt(PidfdInfo.exit_code) : unknown;
  }

  /** Offsets within {@code struct pidfd_info}, as long as it was at first. */
  public static final class PidfdInfo {
    public static final int SIZEOF = 64;
    public static final int mask = 0;
    public static final int exit_code = 60;

    private PidfdInfo() {}
  }
}
