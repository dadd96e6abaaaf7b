// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Clone flags, namespaces, scheduling. Constants from include/uapi/linux/sched.h. */
public final class Sched {

  // Namespaces; CGROUP since Linux 4.6, TIME since 5.6.
  public static final long CLONE_NEWTIME = 0x80L;
  public static final long CLONE_NEWNS = 0x20000L;
  public static final long CLONE_NEWCGROUP = 0x2000000L;
  public static final long CLONE_NEWUTS = 0x4000000L;
  public static final long CLONE_NEWIPC = 0x8000000L;
  public static final long CLONE_NEWUSER = 0x10000000L;
  public static final long CLONE_NEWPID = 0x20000000L;
  public static final long CLONE_NEWNET = 0x40000000L;

  // clone(2), clone3(2); the last two since Linux 5.5 and 5.7, for clone3 only.
  public static final long CSIGNAL = 0xffL;
  public static final long CLONE_VM = 0x100L;
  public static final long CLONE_FS = 0x200L;
  public static final long CLONE_FILES = 0x400L;
  public static final long CLONE_SIGHAND = 0x800L;
  public static final long CLONE_PIDFD = 0x1000L;
  public static final long CLONE_PTRACE = 0x2000L;
  public static final long CLONE_VFORK = 0x4000L;
  public static final long CLONE_PARENT = 0x8000L;
  public static final long CLONE_THREAD = 0x10000L;
  public static final long CLONE_SYSVSEM = 0x40000L;
  public static final long CLONE_SETTLS = 0x80000L;
  public static final long CLONE_PARENT_SETTID = 0x100000L;
  public static final long CLONE_CHILD_CLEARTID = 0x200000L;
  public static final long CLONE_DETACHED = 0x400000L;
  public static final long CLONE_UNTRACED = 0x800000L;
  public static final long CLONE_CHILD_SETTID = 0x1000000L;
  public static final long CLONE_IO = 0x80000000L;
  public static final long CLONE_CLEAR_SIGHAND = 0x100000000L;
  public static final long CLONE_INTO_CGROUP = 0x200000000L;
  public static final int CLONE_ARGS_SIZE_VER0 = 64;
  public static final int CLONE_ARGS_SIZE_VER1 = 80;
  public static final int CLONE_ARGS_SIZE_VER2 = 88;

  // Policies; EXT since Linux 6.12.
  public static final int SCHED_NORMAL = 0;
  public static final int SCHED_FIFO = 1;
  public static final int SCHED_RR = 2;
  public static final int SCHED_BATCH = 3;
  public static final int SCHED_IDLE = 5;
  public static final int SCHED_DEADLINE = 6;
  public static final int SCHED_EXT = 7;
  public static final int SCHED_RESET_ON_FORK = 0x40000000;
  public static final int SCHED_FLAG_RESET_ON_FORK = 0x1;
  public static final int SCHED_FLAG_RECLAIM = 0x2;
  public static final int SCHED_FLAG_DL_OVERRUN = 0x4;
  public static final int SCHED_FLAG_KEEP_POLICY = 0x8;
  public static final int SCHED_FLAG_KEEP_PARAMS = 0x10;
  public static final int SCHED_FLAG_UTIL_CLAMP_MIN = 0x20;
  public static final int SCHED_FLAG_UTIL_CLAMP_MAX = 0x40;
  public static final int SCHED_ATTR_SIZE_VER0 = 48;
  public static final int SCHED_ATTR_SIZE_VER1 = 56;

  private Sched() {}

  /**
   * setns(2) of the calling thread, which must be a platform thread that ends with it.
   *
   * @param fd a namespace, or since Linux 5.8 a pidfd
   * @param type which CLONE_NEW*, 0 for any
   */
  public static void setns(int fd, long type) {
    long result = Syscall.raw(Nr.SYS_setns, fd, type);
    if (result < 0) {
      throw ErrnoException.of(result, "setns", fd, type);
    }
  }

  /** unshare(2) of the calling thread; a JVM has threads, so not CLONE_NEWUSER (EINVAL). */
  public static void unshare(long flags) {
    long result = Syscall.raw(Nr.SYS_unshare, flags);
    if (result < 0) {
      throw ErrnoException.of(result, "unshare", flags);
    }
  }

  /** sched_getattr(2) into {@code target} ({@link SchedAttr}). Since Linux 3.14. */
  public static void getAttr(int tid, NativeMemory target) {
    int size = target.lengthBytes();
    long result = Syscall.raw(Nr.SYS_sched_getattr, tid, target.address(), size, 0);
    if (result < 0) {
      throw ErrnoException.of(result, "sched_getattr", tid);
    }
  }

  /** sched_setattr(2); {@code attr} says its own size. Since Linux 3.14. */
  public static void setAttr(int tid, NativeMemory attr) {
    long result = Syscall.raw(Nr.SYS_sched_setattr, tid, attr.address(), 0);
    if (result < 0) {
      throw ErrnoException.of(result, "sched_setattr", tid);
    }
  }

  /** sched_getscheduler(2): the policy, perhaps with SCHED_RESET_ON_FORK. */
  public static int getScheduler(int tid) {
    long result = Syscall.raw(Nr.SYS_sched_getscheduler, tid);
    if (result < 0) {
      throw ErrnoException.of(result, "sched_getscheduler", tid);
    }
    return (int) result;
  }

  /** sched_getparam(2): the real-time priority. */
  public static int getPriority(int tid) {
    NativeMemory word = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_sched_getparam, tid, word.address());
    if (result < 0) {
      throw ErrnoException.of(result, "sched_getparam", tid);
    }
    return word.getInt(0);
  }

  /** sched_getaffinity(2) into {@code target}; returns how many bytes the kernel's mask has. */
  public static int getAffinity(int tid, NativeMemory target) {
    int size = target.lengthBytes();
    long result = Syscall.raw(Nr.SYS_sched_getaffinity, tid, size, target.address());
    if (result < 0) {
      throw ErrnoException.of(result, "sched_getaffinity", tid);
    }
    return (int) result;
  }

  /** Offsets within {@code struct clone_args}. */
  public static final class CloneArgs {
    public static final int SIZEOF = 88;
    public static final int flags = 0;
    public static final int pidfd = 8;
    public static final int child_tid = 16;
    public static final int parent_tid = 24;
    public static final int exit_signal = 32;
    public static final int stack = 40;
    public static final int stack_size = 48;
    public static final int tls = 56;
    public static final int set_tid = 64;
    public static final int set_tid_size = 72;
    public static final int cgroup = 80;

    private CloneArgs() {}
  }

  /** Offsets within {@code struct sched_attr}. */
  public static final class SchedAttr {
    public static final int SIZEOF = 56;
    public static final int size = 0;
    public static final int sched_policy = 4;
    public static final int sched_flags = 8;
    public static final int sched_nice = 16;
    public static final int sched_priority = 20;
    public static final int sched_runtime = 24;
    public static final int sched_deadline = 32;
    public static final int sched_period = 40;
    public static final int sched_util_min = 48;
    public static final int sched_util_max = 52;

    private SchedAttr() {}
  }
}
