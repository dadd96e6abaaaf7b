// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Futexes and what the kernel keeps for them. Constants from include/uapi/linux/futex.h. */
public final class Futex {

  public static final int FUTEX_WAIT = 0;
  public static final int FUTEX_WAKE = 1;
  public static final int FUTEX_FD = 2;
  public static final int FUTEX_REQUEUE = 3;
  public static final int FUTEX_CMP_REQUEUE = 4;
  public static final int FUTEX_WAKE_OP = 5;
  public static final int FUTEX_LOCK_PI = 6;
  public static final int FUTEX_UNLOCK_PI = 7;
  public static final int FUTEX_TRYLOCK_PI = 8;
  public static final int FUTEX_WAIT_BITSET = 9;
  public static final int FUTEX_WAKE_BITSET = 10;
  public static final int FUTEX_WAIT_REQUEUE_PI = 11;
  public static final int FUTEX_CMP_REQUEUE_PI = 12;
  public static final int FUTEX_LOCK_PI2 = 13;
  public static final int FUTEX_PRIVATE_FLAG = 128;
  public static final int FUTEX_CLOCK_REALTIME = 256;
  public static final long FUTEX_WAITERS = 0x80000000L;
  public static final int FUTEX_OWNER_DIED = 0x40000000;
  public static final int FUTEX_TID_MASK = 0x3fffffff;

  // Restartable sequences, include/uapi/linux/rseq.h, since Linux 4.18.
  public static final int RSEQ_CPU_ID_UNINITIALIZED = -1;
  public static final int RSEQ_CPU_ID_REGISTRATION_FAILED = -2;
  public static final int RSEQ_FLAG_UNREGISTER = 1;

  private Futex() {}

  /**
   * get_robust_list(2) of any task one may trace.
   *
   * @return the list head's address and its length in bytes
   */
  public static long[] getRobustList(int tid) {
    NativeMemory words = Scratch.memory();
    long address = words.address();
    long result = Syscall.raw(Nr.SYS_get_robust_list, tid, address, address + 8);
    if (result < 0) {
      throw ErrnoException.of(result, "get_robust_list", tid);
    }
    return new long[] {words.getLong(0), words.getLong(8)};
  }

  /**
   * futex(2) FUTEX_WAKE of a word in memory shared with others.
   *
   * @return how many waiters were woken
   */
  public static int wake(long address, int count) {
    long result = Syscall.raw(Nr.SYS_futex, address, FUTEX_WAKE, count);
    if (result < 0) {
      throw ErrnoException.of(result, "futex", address, "FUTEX_WAKE", count);
    }
    return (int) result;
  }

  /**
   * futex(2) FUTEX_WAIT on a word in memory shared with others.
   *
   * @return whether it slept and was woken: false if the word was not {@code expected}, at the
   *     timeout, or after EINTR; look at the word again in any case
   */
  public static boolean await(long address, int expected, long timeoutMillis) {
    NativeMemory timeout = Scratch.memory();
    timeout.putLong(0, timeoutMillis / 1000).putLong(8, timeoutMillis % 1000 * 1_000_000);
    long result = Syscall.raw(Nr.SYS_futex, address, FUTEX_WAIT, expected, timeout.address());
    if (result == -Errno.EAGAIN.number()
        || result == -Errno.EINTR.number()
        || result == -Errno.ETIMEDOUT.number()) {
      return false;
    }
    if (result < 0) {
      throw ErrnoException.of(result, "futex", address, "FUTEX_WAIT", expected, timeoutMillis);
    }
    return true;
  }

  /** Offsets within {@code struct robust_list_head}. */
  public static final class RobustListHead {
    public static final int SIZEOF = 24;
    public static final int list = 0;
    public static final int futex_offset = 8;
    public static final int list_op_pending = 16;

    private RobustListHead() {}
  }

  /** Offsets within {@code struct rseq}. */
  public static final class Rseq {
    public static final int SIZEOF = 32;
    public static final int cpu_id_start = 0;
    public static final int cpu_id = 4;
    public static final int rseq_cs = 8;
    public static final int flags = 16;

    private Rseq() {}
  }

  /** Offsets within {@code struct rseq_cs}. */
  public static final class RseqCs {
    public static final int SIZEOF = 32;
    public static final int version = 0;
    public static final int flags = 4;
    public static final int start_ip = 8;
    public static final int post_commit_offset = 16;
    public static final int abort_ip = 24;

    private RseqCs() {}
  }
}
