// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** io_uring_setup(2). Constants from include/uapi/linux/io_uring.h. */
public final class IoUring {

  // Flags of a ring. Since Linux 5.1; CQSIZE 5.5, CLAMP, ATTACH_WQ 5.6, R_DISABLED 5.10, SUBMIT_ALL
  // 5.18, COOP_TASKRUN, TASKRUN_FLAG, SQE128, CQE32 5.19, SINGLE_ISSUER 6.0, DEFER_TASKRUN 6.1,
  // NO_MMAP, REGISTERED_FD_ONLY 6.5, NO_SQARRAY 6.6, HYBRID_IOPOLL 6.13.
  public static final int IORING_SETUP_IOPOLL = 0x1;
  public static final int IORING_SETUP_SQPOLL = 0x2;
  public static final int IORING_SETUP_SQ_AFF = 0x4;
  public static final int IORING_SETUP_CQSIZE = 0x8;
  public static final int IORING_SETUP_CLAMP = 0x10;
  public static final int IORING_SETUP_ATTACH_WQ = 0x20;
  public static final int IORING_SETUP_R_DISABLED = 0x40;
  public static final int IORING_SETUP_SUBMIT_ALL = 0x80;
  public static final int IORING_SETUP_COOP_TASKRUN = 0x100;
  public static final int IORING_SETUP_TASKRUN_FLAG = 0x200;
  public static final int IORING_SETUP_SQE128 = 0x400;
  public static final int IORING_SETUP_CQE32 = 0x800;
  public static final int IORING_SETUP_SINGLE_ISSUER = 0x1000;
  public static final int IORING_SETUP_DEFER_TASKRUN = 0x2000;
  public static final int IORING_SETUP_NO_MMAP = 0x4000;
  public static final int IORING_SETUP_REGISTERED_FD_ONLY = 0x8000;
  public static final int IORING_SETUP_NO_SQARRAY = 0x10000;
  public static final int IORING_SETUP_HYBRID_IOPOLL = 0x20000;

  // Offsets at which a ring is mapped.
  public static final long IORING_OFF_SQ_RING = 0;
  public static final long IORING_OFF_CQ_RING = 0x8000000L;
  public static final long IORING_OFF_SQES = 0x10000000L;

  /** Of an operation: it adds to the completions only if it fails. Since Linux 5.17. */
  public static final int IOSQE_CQE_SKIP_SUCCESS = 0x40;

  private IoUring() {}

  /** A new ring with room for so many operations; {@code params} is {@link Params}. */
  public static int setup(int entries, NativeMemory params) {
    long result = Syscall.raw(Nr.SYS_io_uring_setup, entries, params.addressFor(Params.SIZEOF));
    if (result < 0) {
      throw ErrnoException.of(
          result, "io_uring_setup", entries, Fcntl.hex(params.getInt(Params.flags)));
    }
    return (int) result;
  }

  /** Offsets within {@code struct io_uring_params}; the two tables tell where things are. */
  public static final class Params {
    public static final int SIZEOF = 120;
    public static final int sq_entries = 0;
    public static final int cq_entries = 4;
    public static final int flags = 8;
    public static final int sq_off = 40;
    public static final int cq_off = 80;

    private Params() {}
  }

  /** Offsets within {@code struct io_sqring_offsets}. */
  public static final class SqOffsets {
    public static final int SIZEOF = 40;
    public static final int head = 0;
    public static final int tail = 4;
    public static final int flags = 16;

    private SqOffsets() {}
  }

  /** Offsets within {@code struct io_cqring_offsets}. */
  public static final class CqOffsets {
    public static final int SIZEOF = 40;
    public static final int head = 0;
    public static final int tail = 4;

    private CqOffsets() {}
  }

  /** Offsets within {@code struct io_uring_sqe}. */
  public static final class Sqe {
    public static final int SIZEOF = 64;
    public static final int flags = 1;

    private Sqe() {}
  }
}
