// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** seccomp(2) and socket filters. include/uapi/linux/seccomp.h and filter.h. */
public final class Seccomp {

  public static final int SECCOMP_MODE_DISABLED = 0;
  public static final int SECCOMP_MODE_STRICT = 1;
  public static final int SECCOMP_MODE_FILTER = 2;
  public static final int SECCOMP_SET_MODE_STRICT = 0;
  public static final int SECCOMP_SET_MODE_FILTER = 1;
  public static final int SECCOMP_GET_ACTION_AVAIL = 2;
  public static final int SECCOMP_GET_NOTIF_SIZES = 3;

  // TSYNC since Linux 3.17, LOG 4.14, SPEC_ALLOW 4.17, NEW_LISTENER 5.0, WAIT_KILLABLE_RECV 5.19.
  public static final int SECCOMP_FILTER_FLAG_TSYNC = 0x1;
  public static final int SECCOMP_FILTER_FLAG_LOG = 0x2;
  public static final int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 0x4;
  public static final int SECCOMP_FILTER_FLAG_NEW_LISTENER = 0x8;
  public static final int SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10;
  public static final int SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20;
  public static final long SECCOMP_RET_KILL_PROCESS = 0x80000000L;
  public static final long SECCOMP_RET_KILL_THREAD = 0x0L;
  public static final long SECCOMP_RET_TRAP = 0x30000L;
  public static final long SECCOMP_RET_ERRNO = 0x50000L;
  public static final long SECCOMP_RET_USER_NOTIF = 0x7fc00000L;
  public static final long SECCOMP_RET_TRACE = 0x7ff00000L;
  public static final long SECCOMP_RET_LOG = 0x7ffc0000L;
  public static final long SECCOMP_RET_ALLOW = 0x7fff0000L;

  // include/uapi/linux/filter.h, audit.h.
  public static final int BPF_MAXINSNS = 4096;
  public static final long AUDIT_ARCH_X86_64 = 0xc000003eL;
  public static final long AUDIT_ARCH_I386 = 0x40000003L;
  public static final long AUDIT_ARCH_AARCH64 = 0xc00000b7L;

  private Seccomp() {}

  /** Offsets within {@code struct sock_fprog}. */
  public static final class SockFprog {
    public static final int SIZEOF = 16;
    public static final int len = 0;
    public static final int filter = 8;

    private SockFprog() {}
  }

  /** Offsets within {@code struct sock_filter}. */
  public static final class SockFilter {
    public static final int SIZEOF = 8;
    public static final int code = 0;
    public static final int jt = 2;
    public static final int jf = 3;
    public static final int k = 4;

    private SockFilter() {}
  }

  /** Offsets within {@code struct seccomp_data}. */
  public static final class SeccompData {
    public static final int SIZEOF = 64;
    public static final int nr = 0;
    public static final int arch = 4;
    public static final int instruction_pointer = 8;
    public static final int args = 16;

    private SeccompData() {}
  }
}
