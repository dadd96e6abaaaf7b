// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Signal numbers, actions and masks; kill(2) and kin. */
public final class Signal {

  // arch/x86/include/uapi/asm/signal.h; ARM has the same numbers.
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGQUIT = 3;
  public static final int SIGILL = 4;
  public static final int SIGTRAP = 5;
  public static final int SIGABRT = 6;
  public static final int SIGBUS = 7;
  public static final int SIGFPE = 8;
  public static final int SIGKILL = 9;
  public static final int SIGUSR1 = 10;
  public static final int SIGSEGV = 11;
  public static final int SIGUSR2 = 12;
  public static final int SIGPIPE = 13;
  public static final int SIGALRM = 14;
  public static final int SIGTERM = 15;
  public static final int SIGSTKFLT = 16;
  public static final int SIGCHLD = 17;
  public static final int SIGCONT = 18;
  public static final int SIGSTOP = 19;
  public static final int SIGTSTP = 20;
  public static final int SIGTTIN = 21;
  public static final int SIGTTOU = 22;
  public static final int SIGURG = 23;
  public static final int SIGXCPU = 24;
  public static final int SIGXFSZ = 25;
  public static final int SIGVTALRM = 26;
  public static final int SIGPROF = 27;
  public static final int SIGWINCH = 28;
  public static final int SIGIO = 29;
  public static final int SIGPWR = 30;
  public static final int SIGSYS = 31;
  public static final int SIGRTMIN = 32;
  public static final int SIGRTMAX = 64;

  // How many signals there are, and the bytes of a mask the kernel takes.
  public static final int _NSIG = 64;
  public static final int SIGSET_BYTES = 8;

  // Actions; SA_UNSUPPORTED and SA_EXPOSE_TAGBITS since Linux 5.11.
  public static final int SA_NOCLDSTOP = 0x1;
  public static final int SA_NOCLDWAIT = 0x2;
  public static final int SA_SIGINFO = 0x4;
  public static final int SA_UNSUPPORTED = 0x400;
  public static final int SA_EXPOSE_TAGBITS = 0x800;
  public static final int SA_RESTORER = 0x4000000;
  public static final int SA_ONSTACK = 0x8000000;
  public static final int SA_RESTART = 0x10000000;
  public static final int SA_NODEFER = 0x40000000;
  public static final long SA_RESETHAND = 0x80000000L;
  public static final int SIG_BLOCK = 0;
  public static final int SIG_UNBLOCK = 1;
  public static final int SIG_SETMASK = 2;
  public static final int SIG_DFL = 0;
  public static final int SIG_IGN = 1;

  // Alternate stacks, include/uapi/linux/signal.h; SS_AUTODISARM since Linux 4.7.
  public static final int SS_ONSTACK = 0x1;
  public static final int SS_DISABLE = 0x2;
  public static final long SS_AUTODISARM = 0x80000000L;
  public static final int MINSIGSTKSZ = 0x800;

  // FIRST to SIGSYS without a gap.
  private static final String[] NAMES = {
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE",
    "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT",
    "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
    "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"
  };

  private Signal() {}

  /** The C name of a signal, {@code SIGRTMIN+n} for real-time ones by the kernel's counting. */
  public static String name(int signal) {
    if (signal >= SIGHUP && signal <= NAMES.length) {
      return NAMES[signal - 1];
    }
    return signal >= SIGRTMIN && signal <= SIGRTMAX
        ? "SIGRTMIN+" + (signal - SIGRTMIN)
        : "signal " + signal;
  }

  /** The mask bit of a signal. */
  public static long bit(int signal) {
    return 1L << (signal - 1);
  }

  /** kill(2); signal 0 only asks whether it could be sent. */
  public static void kill(int pid, int signal) {
    long result = Syscall.raw(Nr.SYS_kill, pid, signal);
    if (result < 0) {
      throw ErrnoException.of(result, "kill", pid, name(signal));
    }
  }

  /**
   * Whether kill(2) finds anybody.
   *
   * @param pid of a process or thread, ended or not; less than -1 for a process group
   */
  public static boolean finds(int pid) {
    long result = Syscall.raw(Nr.SYS_kill, pid, 0);
    if (result < 0 && result != -Errno.ESRCH.number() && result != -Errno.EPERM.number()) {
      throw ErrnoException.of(result, "kill", pid, 0);
    }
    return result != -Errno.ESRCH.number();
  }

  /** tgkill(2): one thread. */
  public static void tgkill(int tgid, int tid, int signal) {
    long result = Syscall.raw(Nr.SYS_tgkill, tgid, tid, signal);
    if (result < 0) {
      throw ErrnoException.of(result, "tgkill", tgid, tid, name(signal));
    }
  }

  /**
   * rt_sigqueueinfo(2). For another process {@code si_code} must be negative and not SI_TKILL (the
   * kernel lets nobody forge signals of its own).
   *
   * @param siginfo a whole {@link Siginfo}
   */
  public static void rtSigqueueinfo(int tgid, int signal, NativeMemory siginfo) {
    long result =
        Syscall.raw(Nr.SYS_rt_sigqueueinfo, tgid, signal, siginfo.addressFor(Siginfo.SI_MAX_SIZE));
    if (result < 0) {
      throw ErrnoException.of(result, "rt_sigqueueinfo", tgid, name(signal));
    }
  }

  /** rt_tgsigqueueinfo(2), as {@link #rtSigqueueinfo} for one thread. */
  public static void rtTgsigqueueinfo(int tgid, int tid, int signal, NativeMemory siginfo) {
    long result =
        Syscall.raw(
            Nr.SYS_rt_tgsigqueueinfo, tgid, tid, signal, siginfo.addressFor(Siginfo.SI_MAX_SIZE));
    if (result < 0) {
      throw ErrnoException.of(result, "rt_tgsigqueueinfo", tgid, tid, name(signal));
    }
  }

  /**
   * rt_sigprocmask(2) of the calling thread only.
   *
   * @return the mask before
   */
  public static long sigprocmask(int how, long mask) {
    NativeMemory words = Scratch.memory();
    words.putLong(0, mask);
    long address = words.address();
    long result = Syscall.raw(Nr.SYS_rt_sigprocmask, how, address, address + 8, SIGSET_BYTES);
    if (result < 0) {
      throw ErrnoException.of(result, "rt_sigprocmask", how, mask);
    }
    return words.getLong(8);
  }

  /** Offsets within the kernel's {@code struct sigaction}, which is not glibc's. */
  public static final class Sigaction {
    public static final int SIZEOF = 32;
    public static final int sa_handler = 0;
    public static final int sa_flags = 8;
    public static final int sa_restorer = 16;
    public static final int sa_mask = 24;

    private Sigaction() {}
  }

  /** Offsets within {@code stack_t}. */
  public static final class StackT {
    public static final int SIZEOF = 24;
    public static final int ss_sp = 0;
    public static final int ss_flags = 8;
    public static final int ss_size = 16;

    private StackT() {}
  }
}
