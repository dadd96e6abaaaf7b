// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** siginfo_t, 128 bytes. Constants and layout from include/uapi/asm-generic/siginfo.h. */
public final class Siginfo {

  public static final int SI_MAX_SIZE = 128;
  public static final int si_signo = 0;
  public static final int si_errno = 4;
  public static final int si_code = 8;

  // kill, rt_sigqueueinfo.
  public static final int si_pid = 16;
  public static final int si_uid = 20;
  public static final int si_value = 24;

  // POSIX timers.
  public static final int si_tid = 16;
  public static final int si_overrun = 20;
  public static final int si_sys_private = 32;

  // SIGCHLD, waitid.
  public static final int si_status = 24;
  public static final int si_utime = 32;
  public static final int si_stime = 40;

  // Faults.
  public static final int si_addr = 16;
  public static final int si_addr_lsb = 24;

  // SIGIO.
  public static final int si_band = 16;
  public static final int si_fd = 24;

  // SIGSYS of seccomp.
  public static final int si_call_addr = 16;
  public static final int si_syscall = 24;
  public static final int si_arch = 28;

  public static final int SI_USER = 0;
  public static final int SI_KERNEL = 128;
  public static final int SI_QUEUE = -1;
  public static final int SI_TIMER = -2;
  public static final int SI_MESGQ = -3;
  public static final int SI_ASYNCIO = -4;
  public static final int SI_SIGIO = -5;
  public static final int SI_TKILL = -6;
  public static final int SI_DETHREAD = -7;
  public static final int SI_ASYNCNL = -60;
  public static final int CLD_EXITED = 1;
  public static final int CLD_KILLED = 2;
  public static final int CLD_DUMPED = 3;
  public static final int CLD_TRAPPED = 4;
  public static final int CLD_STOPPED = 5;
  public static final int CLD_CONTINUED = 6;
  public static final int TRAP_BRKPT = 1;
  public static final int TRAP_TRACE = 2;
  public static final int SEGV_MAPERR = 1;
  public static final int SEGV_ACCERR = 2;
  public static final int SYS_SECCOMP = 1;
  public static final int SYS_USER_DISPATCH = 2;

  private Siginfo() {}
}
