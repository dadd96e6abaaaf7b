// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.UserRegs;

/**
 * General registers of a thread in a ptrace stop, by what they are to system calls; the kernel's
 * user_regs_struct.
 */
public final class CallRegisters implements AutoCloseable {
  /** __USER_CS of arch/x86/include/asm/segment.h: 64-bit code. */
  public static final int USER_CS = 0x33;

  /** Length in bytes of the instruction that makes a system call. */
  public static final int SYSCALL_INSTRUCTION_BYTES = 2;

  private static final int[] ARGUMENTS = {
    UserRegs.rdi, UserRegs.rsi, UserRegs.rdx, UserRegs.r10, UserRegs.r8, UserRegs.r9
  };

  private static final int RAX = UserRegs.rax / Long.BYTES;
  private static final int RIP = UserRegs.rip / Long.BYTES;
  private static final int ORIG_RAX = UserRegs.orig_rax / Long.BYTES;

  private static final int EFLAGS_TF = 0x100;
  private static final int EFLAGS_DF = 0x400;

  // include/linux/errno.h, never seen by user space.
  private static final int ERESTARTSYS = 512;
  private static final int ERESTARTNOINTR = 513;
  private static final int ERESTARTNOHAND = 514;
  private static final int ERESTART_RESTARTBLOCK = 516;

  private final NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF).zero();

  /** Reads them. */
  public void read(int tid) {
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, regs);
  }

  /** Writes them. */
  public void write(int tid) {
    Ptrace.setRegset(tid, Elf.NT_PRSTATUS, regs, UserRegs.SIZEOF);
  }

  /** The words of user_regs_struct. */
  public long[] words() {
    return regs.getLongs(0, UserRegs.SIZEOF / Long.BYTES);
  }

  /** Replaces all. */
  public void set(long[] words) {
    regs.putLongs(0, words, words.length);
  }

  /** Whether 64-bit code runs. */
  public boolean is64Bit() {
    return regs.getLong(UserRegs.cs) == USER_CS;
  }

  /** The next instruction's address. */
  public long instruction() {
    return regs.getLong(UserRegs.rip);
  }

  /** The stack pointer. */
  public long stack() {
    return regs.getLong(UserRegs.rsp);
  }

  /** What a call gave. */
  public long result() {
    return regs.getLong(UserRegs.rax);
  }

  /** Goes on elsewhere. */
  public CallRegisters jump(long instruction) {
    regs.putLong(UserRegs.rip, instruction);
    return this;
  }

  /** Goes on elsewhere, with another stack pointer. */
  public CallRegisters jump(long instruction, long stack) {
    regs.putLong(UserRegs.rsp, stack);
    return jump(instruction);
  }

  /** Those that a system call instruction takes: number and arguments. */
  public CallRegisters call(int nr, long... args) {
    regs.putLong(UserRegs.rax, nr);
    return arguments(args);
  }

  /** Arguments, the first first. */
  public CallRegisters arguments(long... args) {
    for (int i = 0; i < args.length; i++) {
      regs.putLong(ARGUMENTS[i], args[i]);
    }
    return this;
  }

  /** No call is interrupted: the kernel is to restart none. */
  public CallRegisters outsideOfCalls() {
    regs.putLong(UserRegs.orig_rax, -1);
    return this;
  }

  /** As the ABI has them at a function's start: no single steps, strings go up. */
  public CallRegisters plainFlags() {
    long flags = regs.getLong(UserRegs.eflags);
    regs.putLong(UserRegs.eflags, flags & ~(EFLAGS_TF | EFLAGS_DF));
    return this;
  }

  /**
   * user_regs_struct, in words, for a thread that starts anew with them, as in an image or after
   * rt_sigreturn: an interrupted call starts again, or fails with EINTR if it would have to go on
   * where it was. arch/x86/kernel/signal.c does the same on the way to user space; CRIU's images
   * hold this too, but for what {@link InterruptedCall#canStartAgain}.
   */
  public long[] restarted() {
    long[] words = words();
    if (words[ORIG_RAX] < 0) {
      return words;
    }
    switch ((int) -words[RAX]) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> startAgain(words, words[ORIG_RAX]);
      case ERESTART_RESTARTBLOCK -> {
        words[RAX] = -Errno.EINTR.number();
        InterruptedCall call = interrupted();
        if (call.canStartAgain()) {
          startAgain(words, call.nr());
        }
      }
      default -> {
        // The call was done; its result stands.
      }
    }
    return words;
  }

  /** The call that the thread was in and that would go on where it was; null if there is none. */
  public InterruptedCall interrupted() {
    long[] words = words();
    if (words[ORIG_RAX] < 0 || words[RAX] != -ERESTART_RESTARTBLOCK) {
      return null;
    }
    long[] args = new long[ARGUMENTS.length];
    for (int i = 0; i < args.length; i++) {
      args[i] = words[ARGUMENTS[i] / Long.BYTES];
    }
    return new InterruptedCall((int) words[ORIG_RAX], args);
  }

  /** Goes back, in {@link #words}, to the instruction of a call, which is made again. */
  public static void startAgain(long[] words, long nr) {
    words[RAX] = nr;
    words[RIP] -= SYSCALL_INSTRUCTION_BYTES;
  }

  /** Replaces the next instruction's address in {@link #words}. */
  public static void jump(long[] words, long instruction) {
    words[RIP] = instruction;
  }

  /** The next instruction's address in {@link #words}. */
  public static long instruction(long[] words) {
    return words[RIP];
  }

  @Override
  public void close() {
    regs.close();
  }
}
