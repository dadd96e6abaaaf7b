// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** prctl(2) of the calling thread. Constants from include/uapi/linux/prctl.h. */
public final class Prctl {

  // CHILD_SUBREAPER since Linux 3.4, THP_DISABLE 3.15, CAP_AMBIENT 4.3, IO_FLUSHER 5.6,
  // SYSCALL_USER_DISPATCH 5.11,
  // SCHED_CORE 5.14, SET_VMA 5.17, MDWE 6.3, MEMORY_MERGE 6.4, TIMER_CREATE_RESTORE_IDS 6.15.
  public static final int PR_SET_PDEATHSIG = 1;
  public static final int PR_GET_PDEATHSIG = 2;
  public static final int PR_GET_DUMPABLE = 3;
  public static final int PR_SET_DUMPABLE = 4;
  public static final int PR_GET_KEEPCAPS = 7;
  public static final int PR_SET_KEEPCAPS = 8;
  public static final int PR_SET_NAME = 15;
  public static final int PR_GET_NAME = 16;
  public static final int PR_GET_SECCOMP = 21;
  public static final int PR_SET_SECCOMP = 22;
  public static final int PR_CAPBSET_READ = 23;
  public static final int PR_CAPBSET_DROP = 24;
  public static final int PR_GET_TSC = 25;
  public static final int PR_SET_TSC = 26;
  public static final int PR_TSC_SIGSEGV = 2;
  public static final int PR_GET_SECUREBITS = 27;
  public static final int PR_SET_SECUREBITS = 28;
  public static final int PR_SET_TIMERSLACK = 29;
  public static final int PR_GET_TIMERSLACK = 30;
  public static final int PR_MCE_KILL = 33;
  public static final int PR_MCE_KILL_SET = 1;
  public static final int PR_MCE_KILL_DEFAULT = 2;
  public static final int PR_MCE_KILL_GET = 34;
  public static final int PR_SET_CHILD_SUBREAPER = 36;
  public static final int PR_GET_CHILD_SUBREAPER = 37;
  public static final int PR_SET_NO_NEW_PRIVS = 38;
  public static final int PR_GET_NO_NEW_PRIVS = 39;
  public static final int PR_GET_TID_ADDRESS = 40;
  public static final int PR_SET_THP_DISABLE = 41;
  public static final int PR_GET_THP_DISABLE = 42;
  public static final int PR_CAP_AMBIENT = 47;
  public static final int PR_CAP_AMBIENT_IS_SET = 1;
  public static final int PR_CAP_AMBIENT_RAISE = 2;
  public static final int PR_CAP_AMBIENT_LOWER = 3;
  public static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  public static final int PR_GET_SPECULATION_CTRL = 52;
  public static final int PR_SET_SPECULATION_CTRL = 53;
  public static final int PR_SET_IO_FLUSHER = 57;
  public static final int PR_GET_IO_FLUSHER = 58;
  public static final int PR_SET_SYSCALL_USER_DISPATCH = 59;
  public static final int PR_SYS_DISPATCH_OFF = 0;
  public static final int PR_SYS_DISPATCH_ON = 1;
  // Since Linux 6.16.
  public static final int PR_SYS_DISPATCH_INCLUSIVE_ON = 2;
  public static final int SYSCALL_DISPATCH_FILTER_ALLOW = 0;
  public static final int PR_SCHED_CORE = 62;
  public static final int PR_SCHED_CORE_GET = 0;
  public static final int PR_SCHED_CORE_CREATE = 1;
  public static final int PR_SCHED_CORE_SHARE_TO = 2;
  public static final int PR_SCHED_CORE_SHARE_FROM = 3;
  public static final int PR_SET_MDWE = 65;
  public static final int PR_GET_MDWE = 66;
  public static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;
  public static final int PR_MDWE_NO_INHERIT = 2;
  public static final int PR_SET_MEMORY_MERGE = 67;
  public static final int PR_GET_MEMORY_MERGE = 68;
  public static final int PR_TIMER_CREATE_RESTORE_IDS = 77;
  public static final int PR_TIMER_CREATE_RESTORE_IDS_OFF = 0;
  public static final int PR_TIMER_CREATE_RESTORE_IDS_ON = 1;
  public static final int PR_TIMER_CREATE_RESTORE_IDS_GET = 2;
  public static final int PR_SET_PTRACER = 0x59616d61;
  public static final int PR_SET_VMA = 0x53564d41;
  public static final int PR_SET_VMA_ANON_NAME = 0x0;
  public static final int PR_GET_AUXV = 0x41555856;

  // The memory descriptor: PR_SET_MM since Linux 3.3, MAP 3.18.
  public static final int PR_SET_MM = 35;
  public static final int PR_SET_MM_START_CODE = 1;
  public static final int PR_SET_MM_END_CODE = 2;
  public static final int PR_SET_MM_START_DATA = 3;
  public static final int PR_SET_MM_END_DATA = 4;
  public static final int PR_SET_MM_START_STACK = 5;
  public static final int PR_SET_MM_START_BRK = 6;
  public static final int PR_SET_MM_BRK = 7;
  public static final int PR_SET_MM_ARG_START = 8;
  public static final int PR_SET_MM_ARG_END = 9;
  public static final int PR_SET_MM_ENV_START = 10;
  public static final int PR_SET_MM_ENV_END = 11;
  public static final int PR_SET_MM_AUXV = 12;
  public static final int PR_SET_MM_EXE_FILE = 13;
  public static final int PR_SET_MM_MAP = 14;
  public static final int PR_SET_MM_MAP_SIZE = 15;

  // arch_prctl(2), arch/x86/include/uapi/asm/prctl.h; shadow stacks since Linux 6.6.
  public static final int ARCH_SET_GS = 0x1001;
  public static final int ARCH_SET_FS = 0x1002;
  public static final int ARCH_GET_FS = 0x1003;
  public static final int ARCH_GET_GS = 0x1004;
  public static final int ARCH_GET_CPUID = 0x1011;
  public static final int ARCH_SET_CPUID = 0x1012;
  public static final int ARCH_MAP_VDSO_X32 = 0x2001;
  public static final int ARCH_MAP_VDSO_32 = 0x2002;
  public static final int ARCH_MAP_VDSO_64 = 0x2003;
  public static final int ARCH_SHSTK_ENABLE = 0x5001;
  public static final int ARCH_SHSTK_DISABLE = 0x5002;
  public static final int ARCH_SHSTK_LOCK = 0x5003;
  public static final int ARCH_SHSTK_UNLOCK = 0x5004;
  public static final int ARCH_SHSTK_STATUS = 0x5005;
  public static final int ARCH_SHSTK_SHSTK = 0x1;
  public static final int ARCH_SHSTK_WRSS = 0x2;

  private Prctl() {}

  /** prctl(2); {@code name} is the option's C name for the error text. */
  public static long prctl(int option, String name, long a, long b, long c, long d) {
    long result = Syscall.raw(Nr.SYS_prctl, option, a, b, c, d);
    if (Syscall.failed(result)) {
      throw ErrnoException.of(result, "prctl", name, a, b, c, d);
    }
    return result;
  }

  /** Has orphaned descendants come to this process instead of init. Since Linux 3.4. */
  public static void setChildSubreaper(boolean on) {
    prctl(PR_SET_CHILD_SUBREAPER, "PR_SET_CHILD_SUBREAPER", on ? 1 : 0, 0, 0, 0);
  }

  /** Whether orphaned descendants come to this process. */
  public static boolean isChildSubreaper() {
    NativeMemory word = Scratch.memory().putInt(0, 0);
    prctl(PR_GET_CHILD_SUBREAPER, "PR_GET_CHILD_SUBREAPER", word.address(), 0, 0, 0);
    return word.getInt(0) != 0;
  }

  /** Which signal comes when the thread that created this process ends; 0 for none. */
  public static void setParentDeathSignal(int signal) {
    prctl(PR_SET_PDEATHSIG, "PR_SET_PDEATHSIG", signal, 0, 0, 0);
  }

  /** Offsets within {@code struct prctl_mm_map}. */
  public static final class MmMap {
    public static final int SIZEOF = 104;
    public static final int start_code = 0;
    public static final int end_code = 8;
    public static final int start_data = 16;
    public static final int end_data = 24;
    public static final int start_brk = 32;
    public static final int brk = 40;
    public static final int start_stack = 48;
    public static final int arg_start = 56;
    public static final int arg_end = 64;
    public static final int env_start = 72;
    public static final int env_end = 80;
    public static final int auxv = 88;
    public static final int auxv_size = 96;
    public static final int exe_fd = 100;

    private MmMap() {}
  }
}
