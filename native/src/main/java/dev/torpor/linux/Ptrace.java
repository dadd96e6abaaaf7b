// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * ptrace(2). Constants from include/uapi/linux/ptrace.h.
 *
 * <p>The kernel binds a tracee to the thread that seized it: every later call for it must come from
 * the same platform thread, or fails with ESRCH. Unless said otherwise the tracee must be in a
 * ptrace stop. {@code PTRACE_O_EXITKILL} is offered but must not be set on a task that is to
 * survive its dumper.
 */
public final class Ptrace {

  // Requests of include/uapi/linux/ptrace.h, in every kernel.
  public static final int PTRACE_TRACEME = 0;
  public static final int PTRACE_PEEKTEXT = 1;
  public static final int PTRACE_PEEKDATA = 2;
  public static final int PTRACE_PEEKUSR = 3;
  public static final int PTRACE_POKETEXT = 4;
  public static final int PTRACE_POKEDATA = 5;
  public static final int PTRACE_POKEUSR = 6;
  public static final int PTRACE_CONT = 7;
  public static final int PTRACE_KILL = 8;
  public static final int PTRACE_SINGLESTEP = 9;
  public static final int PTRACE_ATTACH = 16;
  public static final int PTRACE_DETACH = 17;
  public static final int PTRACE_SYSCALL = 24;

  // Requests of include/uapi/linux/ptrace.h: registers since Linux 2.6.34, SEIZE to LISTEN since
  // 3.4,
  // PEEKSIGINFO since 3.10, signal masks since 3.11, SECCOMP_GET_FILTER since 4.4, metadata since
  // 4.16,
  // syscall info since 5.3, rseq since 5.13, user dispatch since 6.4, SET_SYSCALL_INFO since 6.16.
  public static final int PTRACE_SETOPTIONS = 0x4200;
  public static final int PTRACE_GETEVENTMSG = 0x4201;
  public static final int PTRACE_GETSIGINFO = 0x4202;
  public static final int PTRACE_SETSIGINFO = 0x4203;
  public static final int PTRACE_GETREGSET = 0x4204;
  public static final int PTRACE_SETREGSET = 0x4205;
  public static final int PTRACE_SEIZE = 0x4206;
  public static final int PTRACE_INTERRUPT = 0x4207;
  public static final int PTRACE_LISTEN = 0x4208;
  public static final int PTRACE_PEEKSIGINFO = 0x4209;
  public static final int PTRACE_GETSIGMASK = 0x420a;
  public static final int PTRACE_SETSIGMASK = 0x420b;
  public static final int PTRACE_SECCOMP_GET_FILTER = 0x420c;
  public static final int PTRACE_SECCOMP_GET_METADATA = 0x420d;
  public static final int PTRACE_GET_SYSCALL_INFO = 0x420e;
  public static final int PTRACE_GET_RSEQ_CONFIGURATION = 0x420f;
  public static final int PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG = 0x4210;
  public static final int PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211;
  public static final int PTRACE_SET_SYSCALL_INFO = 0x4212;

  // Requests of arch/x86/include/uapi/asm/ptrace-abi.h, x86 only.
  public static final int PTRACE_GETREGS = 12;
  public static final int PTRACE_SETREGS = 13;
  public static final int PTRACE_GETFPREGS = 14;
  public static final int PTRACE_SETFPREGS = 15;
  public static final int PTRACE_ARCH_PRCTL = 30;
  public static final int PTRACE_SYSEMU = 31;
  public static final int PTRACE_SYSEMU_SINGLESTEP = 32;

  // Options; SUSPEND_SECCOMP since Linux 4.3, EXITKILL since 3.8.
  public static final int PTRACE_O_TRACESYSGOOD = 0x1;
  public static final int PTRACE_O_TRACEFORK = 0x2;
  public static final int PTRACE_O_TRACEVFORK = 0x4;
  public static final int PTRACE_O_TRACECLONE = 0x8;
  public static final int PTRACE_O_TRACEEXEC = 0x10;
  public static final int PTRACE_O_TRACEVFORKDONE = 0x20;
  public static final int PTRACE_O_TRACEEXIT = 0x40;
  public static final int PTRACE_O_TRACESECCOMP = 0x80;
  public static final int PTRACE_O_EXITKILL = 0x100000;
  public static final int PTRACE_O_SUSPEND_SECCOMP = 0x200000;
  public static final int PTRACE_O_MASK = 0x3000ff;

  // Events, in bits 16 and up of a wait status.
  public static final int PTRACE_EVENT_FORK = 1;
  public static final int PTRACE_EVENT_VFORK = 2;
  public static final int PTRACE_EVENT_CLONE = 3;
  public static final int PTRACE_EVENT_EXEC = 4;
  public static final int PTRACE_EVENT_VFORK_DONE = 5;
  public static final int PTRACE_EVENT_EXIT = 6;
  public static final int PTRACE_EVENT_SECCOMP = 7;
  public static final int PTRACE_EVENT_STOP = 128;
  public static final int PTRACE_EVENTMSG_SYSCALL_ENTRY = 1;
  public static final int PTRACE_EVENTMSG_SYSCALL_EXIT = 2;
  public static final int PTRACE_SYSCALL_INFO_NONE = 0;
  public static final int PTRACE_SYSCALL_INFO_ENTRY = 1;
  public static final int PTRACE_SYSCALL_INFO_EXIT = 2;
  public static final int PTRACE_SYSCALL_INFO_SECCOMP = 3;

  // Flags of ptrace_peeksiginfo_args: the process's queue instead of the thread's.
  public static final int PTRACE_PEEKSIGINFO_SHARED = 1;

  private Ptrace() {}

  /** Attaches without stopping; {@code options} are PTRACE_O_*. Since Linux 3.4. */
  public static void seize(int tid, int options) {
    request(PTRACE_SEIZE, "PTRACE_SEIZE", tid, 0, options);
  }

  /** Stops a seized task; it reports {@link #PTRACE_EVENT_STOP}. Since Linux 3.4. */
  public static void interrupt(int tid) {
    request(PTRACE_INTERRUPT, "PTRACE_INTERRUPT", tid, 0, 0);
  }

  /** Lets a seized task in a group stop wait for SIGCONT as if it were not traced. */
  public static void listen(int tid) {
    request(PTRACE_LISTEN, "PTRACE_LISTEN", tid, 0, 0);
  }

  /** Resumes; {@code signal} is delivered first, 0 for none. */
  public static void cont(int tid, int signal) {
    request(PTRACE_CONT, "PTRACE_CONT", tid, 0, signal);
  }

  /** Resumes until the next entry to or exit from a system call. */
  public static void syscall(int tid, int signal) {
    request(PTRACE_SYSCALL, "PTRACE_SYSCALL", tid, 0, signal);
  }

  /** Resumes for one instruction. */
  public static void singlestep(int tid, int signal) {
    request(PTRACE_SINGLESTEP, "PTRACE_SINGLESTEP", tid, 0, signal);
  }

  /** Lets go; {@code signal} is delivered first, 0 for none. */
  public static void detach(int tid, int signal) {
    request(PTRACE_DETACH, "PTRACE_DETACH", tid, 0, signal);
  }

  /** Replaces the PTRACE_O_* set. */
  public static void setOptions(int tid, int options) {
    request(PTRACE_SETOPTIONS, "PTRACE_SETOPTIONS", tid, 0, options);
  }

  /** What came with the latest event: new pid, exit status or seccomp data. */
  public static long getEventMessage(int tid) {
    NativeMemory word = Scratch.memory();
    request(PTRACE_GETEVENTMSG, "PTRACE_GETEVENTMSG", tid, 0, word.address());
    return word.getLong(0);
  }

  /**
   * Reads a register set into {@code target}.
   *
   * @param note {@link Elf#NT_PRSTATUS} ({@link UserRegs}), {@link Elf#NT_X86_XSTATE} ...
   * @return how many bytes the kernel wrote, at most the target's length
   */
  public static int getRegset(int tid, int note, NativeMemory target) {
    NativeMemory iovec = Scratch.memory();
    iovec.putLong(0, target.address()).putLong(8, target.lengthBytes());
    request(PTRACE_GETREGSET, "PTRACE_GETREGSET", tid, note, iovec.address());
    return (int) iovec.getLong(8);
  }

  /** Writes a register set from the first {@code lengthBytes} of {@code source}. */
  public static void setRegset(int tid, int note, NativeMemory source, int lengthBytes) {
    NativeMemory iovec = Scratch.memory();
    iovec.putLong(0, source.addressFor(lengthBytes)).putLong(8, lengthBytes);
    request(PTRACE_SETREGSET, "PTRACE_SETREGSET", tid, note, iovec.address());
  }

  /** Reads the {@link Siginfo} of the signal the task is stopped for; EINVAL in a group stop. */
  public static void getSiginfo(int tid, NativeMemory target) {
    request(PTRACE_GETSIGINFO, "PTRACE_GETSIGINFO", tid, 0, target.addressFor(Siginfo.SI_MAX_SIZE));
  }

  /** Replaces the {@link Siginfo} that {@link #cont} is to deliver. */
  public static void setSiginfo(int tid, NativeMemory source) {
    request(PTRACE_SETSIGINFO, "PTRACE_SETSIGINFO", tid, 0, source.addressFor(Siginfo.SI_MAX_SIZE));
  }

  /**
   * Reads queued signals without taking them off the queue. Since Linux 3.10.
   *
   * @param flags 0 for the thread's own queue, {@link #PTRACE_PEEKSIGINFO_SHARED} for the process's
   * @param first number of the first queue entry to read
   * @param target room for as many 128-byte siginfo as are wanted
   * @return how many were there, 0 at the end of the queue
   */
  public static int peekSiginfo(int tid, int flags, long first, NativeMemory target) {
    NativeMemory args = Scratch.memory();
    args.putLong(PeeksiginfoArgs.off, first);
    args.putInt(PeeksiginfoArgs.flags, flags);
    args.putInt(PeeksiginfoArgs.nr, target.lengthBytes() / Siginfo.SI_MAX_SIZE);
    return (int)
        request(PTRACE_PEEKSIGINFO, "PTRACE_PEEKSIGINFO", tid, args.address(), target.address());
  }

  /** The blocked signals; bit n-1 stands for signal n. Since Linux 3.11. */
  public static long getSigmask(int tid) {
    NativeMemory mask = Scratch.memory();
    request(PTRACE_GETSIGMASK, "PTRACE_GETSIGMASK", tid, Signal.SIGSET_BYTES, mask.address());
    return mask.getLong(0);
  }

  /** Replaces the blocked signals. Since Linux 3.11. */
  public static void setSigmask(int tid, long mask) {
    NativeMemory word = Scratch.memory();
    word.putLong(0, mask);
    request(PTRACE_SETSIGMASK, "PTRACE_SETSIGMASK", tid, Signal.SIGSET_BYTES, word.address());
  }

  /** Fills {@code target} with {@link RseqConfiguration}; zeros if none is registered. */
  public static void getRseqConfiguration(int tid, NativeMemory target) {
    int size = RseqConfiguration.SIZEOF;
    request(
        PTRACE_GET_RSEQ_CONFIGURATION,
        "PTRACE_GET_RSEQ_CONFIGURATION",
        tid,
        size,
        target.addressFor(size));
  }

  /**
   * Whether system calls of a stopped thread go to a handler of its own, and which. Since Linux
   * 6.4.
   *
   * @param config is filled with {@link SudConfig}
   */
  public static void getUserDispatch(int tid, NativeMemory config) {
    int size = SudConfig.SIZEOF;
    request(
        PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG,
        "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG",
        tid,
        size,
        config.addressFor(size));
  }

  /**
   * Reads the seccomp filter number {@code index}, 0 being the one installed first. Since Linux
   * 4.4.
   *
   * @param target room for the 8-byte instructions, or null to ask only for their number
   * @return how many instructions the filter has; ENOENT past the youngest
   */
  public static int seccompGetFilter(int tid, long index, NativeMemory target) {
    long address = target == null ? 0 : target.address();
    return (int)
        request(PTRACE_SECCOMP_GET_FILTER, "PTRACE_SECCOMP_GET_FILTER", tid, index, address);
  }

  /** The SECCOMP_FILTER_FLAG_* that filter number {@code index} was installed with. */
  public static long seccompGetMetadata(int tid, long index) {
    NativeMemory metadata = Scratch.memory();
    metadata.putLong(SeccompMetadata.filter_off, index).putLong(SeccompMetadata.flags, 0);
    request(
        PTRACE_SECCOMP_GET_METADATA,
        "PTRACE_SECCOMP_GET_METADATA",
        tid,
        SeccompMetadata.SIZEOF,
        metadata.address());
    return metadata.getLong(SeccompMetadata.flags);
  }

  /** Fills {@code target} with {@link SyscallInfo}; returns how many bytes the kernel knows. */
  public static int getSyscallInfo(int tid, NativeMemory target) {
    int size = target.lengthBytes();
    return (int)
        request(PTRACE_GET_SYSCALL_INFO, "PTRACE_GET_SYSCALL_INFO", tid, size, target.address());
  }

  /** Reads 8 bytes of the task's memory, whatever its protection. */
  public static long peekData(int tid, long address) {
    NativeMemory word = Scratch.memory();
    request(PTRACE_PEEKDATA, "PTRACE_PEEKDATA", tid, address, word.address());
    return word.getLong(0);
  }

  /** Writes 8 bytes of the task's memory, whatever its protection. */
  public static void pokeData(int tid, long address, long value) {
    request(PTRACE_POKEDATA, "PTRACE_POKEDATA", tid, address, value);
  }

  /**
   * Any other request.
   *
   * @param name the request's C name, for the error text
   * @return what the kernel returned
   */
  public static long request(int request, String name, int tid, long address, long data) {
    long result = Syscall.raw(Nr.SYS_ptrace, request, tid, address, data);
    if (Syscall.failed(result)) {
      throw new ErrnoException("ptrace", name + ", " + tid, (int) -result);
    }
    return result;
  }

  /** Offsets within {@code struct ptrace_peeksiginfo_args}. */
  public static final class PeeksiginfoArgs {
    public static final int SIZEOF = 16;
    public static final int off = 0;
    public static final int flags = 8;
    public static final int nr = 12;

    private PeeksiginfoArgs() {}
  }

  /** Offsets within {@code struct seccomp_metadata}. */
  public static final class SeccompMetadata {
    public static final int SIZEOF = 16;
    public static final int filter_off = 0;
    public static final int flags = 8;

    private SeccompMetadata() {}
  }

  /** Offsets within {@code struct ptrace_rseq_configuration}. */
  public static final class RseqConfiguration {
    public static final int SIZEOF = 24;
    public static final int rseq_abi_pointer = 0;
    public static final int rseq_abi_size = 8;
    public static final int signature = 12;
    public static final int flags = 16;

    private RseqConfiguration() {}
  }

  /** Offsets within {@code struct ptrace_syscall_info}. */
  public static final class SyscallInfo {
    public static final int SIZEOF = 88;
    public static final int op = 0;
    public static final int arch = 4;
    public static final int instruction_pointer = 8;
    public static final int stack_pointer = 16;
    public static final int entry_nr = 24;
    public static final int entry_args = 32;
    public static final int exit_rval = 24;
    public static final int exit_is_error = 32;

    private SyscallInfo() {}
  }

  /** Offsets within {@code struct ptrace_sud_config} (syscall user dispatch), since Linux 6.4. */
  public static final class SudConfig {
    public static final int SIZEOF = 32;
    public static final int mode = 0;
    public static final int selector = 8;
    public static final int offset = 16;
    public static final int len = 24;

    private SudConfig() {}
  }
}
