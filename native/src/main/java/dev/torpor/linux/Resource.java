// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Limits and priorities. Constants from include/uapi/linux/resource.h and ioprio.h. */
public final class Resource {

  public static final int RLIMIT_CPU = 0;
  public static final int RLIMIT_FSIZE = 1;
  public static final int RLIMIT_DATA = 2;
  public static final int RLIMIT_STACK = 3;
  public static final int RLIMIT_CORE = 4;
  public static final int RLIMIT_RSS = 5;
  public static final int RLIMIT_NPROC = 6;
  public static final int RLIMIT_NOFILE = 7;
  public static final int RLIMIT_MEMLOCK = 8;
  public static final int RLIMIT_AS = 9;
  public static final int RLIMIT_LOCKS = 10;
  public static final int RLIMIT_SIGPENDING = 11;
  public static final int RLIMIT_MSGQUEUE = 12;
  public static final int RLIMIT_NICE = 13;
  public static final int RLIMIT_RTPRIO = 14;
  public static final int RLIMIT_RTTIME = 15;
  public static final int RLIM_NLIMITS = 16;
  public static final long RLIM_INFINITY = -1L;
  public static final int PRIO_PROCESS = 0;
  public static final int PRIO_PGRP = 1;
  public static final int PRIO_USER = 2;
  public static final int IOPRIO_CLASS_SHIFT = 13;
  public static final int IOPRIO_CLASS_NONE = 0;
  public static final int IOPRIO_CLASS_RT = 1;
  public static final int IOPRIO_CLASS_BE = 2;
  public static final int IOPRIO_CLASS_IDLE = 3;
  public static final int IOPRIO_WHO_PROCESS = 1;
  public static final int IOPRIO_WHO_PGRP = 2;
  public static final int IOPRIO_WHO_USER = 3;

  private Resource() {}

  /** prlimit64(2): the soft and the hard limit; {@link #RLIM_INFINITY} (-1) for none. */
  public static long[] getLimit(int pid, int resource) {
    NativeMemory limit = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_prlimit64, pid, resource, 0, limit.address());
    if (result < 0) {
      throw ErrnoException.of(result, "prlimit64", pid, resource, "NULL");
    }
    return new long[] {limit.getLong(0), limit.getLong(8)};
  }

  /** prlimit64(2): raising the hard limit takes CAP_SYS_RESOURCE. */
  public static void setLimit(int pid, int resource, long soft, long hard) {
    NativeMemory limit = Scratch.memory().putLong(0, soft).putLong(8, hard);
    long result = Syscall.raw(Nr.SYS_prlimit64, pid, resource, limit.address(), 0);
    if (result < 0) {
      throw ErrnoException.of(result, "prlimit64", pid, resource, soft, hard);
    }
  }

  /** getpriority(2): nice, -20 to 19 (the raw call gives 20 - nice). */
  public static int getPriority(int which, int who) {
    long result = Syscall.raw(Nr.SYS_getpriority, which, who);
    if (result < 0) {
      throw ErrnoException.of(result, "getpriority", which, who);
    }
    return 20 - (int) result;
  }

  /** ioprio_get(2): class in the high bits (IOPRIO_CLASS_SHIFT), level in the low. */
  public static int getIoPriority(int which, int who) {
    long result = Syscall.raw(Nr.SYS_ioprio_get, which, who);
    if (result < 0) {
      throw ErrnoException.of(result, "ioprio_get", which, who);
    }
    return (int) result;
  }

  /** Offsets within {@code struct rlimit64}. */
  public static final class Rlimit64 {
    public static final int SIZEOF = 16;
    public static final int rlim_cur = 0;
    public static final int rlim_max = 8;

    private Rlimit64() {}
  }
}
