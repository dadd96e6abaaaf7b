// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Clocks, interval timers and POSIX timers. include/uapi/linux/time.h and siginfo.h. */
public final class Time {

  public static final int ITIMER_REAL = 0;
  public static final int ITIMER_VIRTUAL = 1;
  public static final int ITIMER_PROF = 2;
  public static final int CLOCK_REALTIME = 0;
  public static final int CLOCK_MONOTONIC = 1;
  public static final int CLOCK_PROCESS_CPUTIME_ID = 2;
  public static final int CLOCK_THREAD_CPUTIME_ID = 3;
  public static final int CLOCK_MONOTONIC_RAW = 4;
  public static final int CLOCK_REALTIME_COARSE = 5;
  public static final int CLOCK_MONOTONIC_COARSE = 6;
  public static final int CLOCK_BOOTTIME = 7;
  public static final int CLOCK_REALTIME_ALARM = 8;
  public static final int CLOCK_BOOTTIME_ALARM = 9;
  public static final int CLOCK_TAI = 11;
  public static final int TIMER_ABSTIME = 1;

  // How a POSIX timer tells, include/uapi/asm-generic/siginfo.h.
  public static final int SIGEV_SIGNAL = 0;
  public static final int SIGEV_NONE = 1;
  public static final int SIGEV_THREAD = 2;
  public static final int SIGEV_THREAD_ID = 4;

  // timerfd, include/uapi/linux/timerfd.h; TFD_IOC_SET_TICKS since Linux 3.17.
  public static final int TFD_TIMER_ABSTIME = 0x1;
  public static final int TFD_TIMER_CANCEL_ON_SET = 0x2;
  public static final int TFD_CLOEXEC = 0x80000;
  public static final int TFD_NONBLOCK = 0x800;
  public static final int TFD_IOC_SET_TICKS = 0x40085400;

  // signalfd, include/uapi/linux/signalfd.h.
  public static final int SFD_CLOEXEC = 0x80000;
  public static final int SFD_NONBLOCK = 0x800;

  private Time() {}

  /** clock_gettime(2) in nanoseconds. */
  public static long nanos(int clock) {
    NativeMemory timespec = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_clock_gettime, clock, timespec.address());
    if (result < 0) {
      throw ErrnoException.of(result, "clock_gettime", clock);
    }
    return timespec.getLong(0) * 1_000_000_000L + timespec.getLong(8);
  }

  /** timerfd_gettime(2): interval seconds and nanoseconds, then those left. */
  public static long[] timerfdGettime(int fd) {
    NativeMemory spec = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_timerfd_gettime, fd, spec.address());
    if (result < 0) {
      throw ErrnoException.of(result, "timerfd_gettime", fd);
    }
    return new long[] {spec.getLong(0), spec.getLong(8), spec.getLong(16), spec.getLong(24)};
  }

  /** Offsets within {@code struct timespec}. */
  public static final class Timespec {
    public static final int SIZEOF = 16;
    public static final int tv_sec = 0;
    public static final int tv_nsec = 8;

    private Timespec() {}
  }

  /** Offsets within {@code struct timeval}. */
  public static final class Timeval {
    public static final int SIZEOF = 16;
    public static final int tv_sec = 0;
    public static final int tv_usec = 8;

    private Timeval() {}
  }

  /** Offsets within {@code struct itimerval}. */
  public static final class Itimerval {
    public static final int SIZEOF = 32;
    public static final int it_interval = 0;
    public static final int it_value = 16;

    private Itimerval() {}
  }

  /** Offsets within {@code struct itimerspec}. */
  public static final class Itimerspec {
    public static final int SIZEOF = 32;
    public static final int it_interval = 0;
    public static final int it_value = 16;

    private Itimerspec() {}
  }

  /** Offsets within {@code struct sigevent}. */
  public static final class Sigevent {
    public static final int SIZEOF = 64;
    public static final int sigev_value = 0;
    public static final int sigev_signo = 8;
    public static final int sigev_notify = 12;
    public static final int sigev_notify_thread_id = 16;

    private Sigevent() {}
  }

  /** Offsets within {@code struct signalfd_siginfo}. */
  public static final class SignalfdSiginfo {
    public static final int SIZEOF = 128;
    public static final int ssi_signo = 0;
    public static final int ssi_errno = 4;
    public static final int ssi_code = 8;
    public static final int ssi_pid = 12;
    public static final int ssi_uid = 16;

    private SignalfdSiginfo() {}
  }
}
