// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.UserRegs;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;

/**
 * A thread in a ptrace stop that is led elsewhere and put back.
 *
 * <p>A system call that the stop interrupted is restarted by the kernel when the thread is let go,
 * since it then finds the registers as it left them. In the frame it is restarted by going back to
 * its instruction, because rt_sigreturn forgets that there was a call.
 */
final class StoppedThread implements AutoCloseable {
  private static final int SYSCALL_INSTRUCTION_BYTES = 2;
  private static final long ALL_SIGNALS = -1;
  private static final int EAGER_LOOKS = 100;

  /** Legacy area and header. */
  private static final int XSTATE_MIN_BYTES = 576;

  /** What the kernel sends to a thread for its own instruction, and sends again if it goes on. */
  private static final long FAULTS =
      Signal.bit(Signal.SIGSEGV)
          | Signal.bit(Signal.SIGBUS)
          | Signal.bit(Signal.SIGILL)
          | Signal.bit(Signal.SIGFPE)
          | Signal.bit(Signal.SIGTRAP);

  private static final int RAX = UserRegs.rax / Long.BYTES;
  private static final int RIP = UserRegs.rip / Long.BYTES;

  /** __USER_CS of arch/x86/include/asm/segment.h: 64-bit code. */
  private static final long USER_CS = 0x33;

  private static final int EFLAGS_TF = 0x100;
  private static final int EFLAGS_DF = 0x400;

  // include/linux/errno.h, never seen by user space.
  private static final int ERESTARTSYS = 512;
  private static final int ERESTARTNOINTR = 513;
  private static final int ERESTARTNOHAND = 514;
  private static final int ERESTART_RESTARTBLOCK = 516;

  private final int tid;
  private final Gadgets.Found gadgets;
  private final Scratch scratch;
  private final long[] original;
  private final int xstateBytes;
  private final long[] xstate;
  private final long sigmask;
  private final RseqCriticalSection rseq;

  /** At the end of the scratch memory, where the kernel would put one. */
  private final long frameAddress;

  private int stopSignal;

  /** Whether the thread stands behind a chain, where a `ret` leads it to the frame. */
  private boolean beforeFrame;

  /**
   * Reads its registers and chooses the memory for it.
   *
   * @param leastBelowFrame how many bytes are needed there
   */
  StoppedThread(int tid, Gadgets.Found gadgets, Scratch scratch, int leastBelowFrame) {
    this.tid = tid;
    this.gadgets = gadgets;
    this.scratch = scratch;
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, scratch.original);
    original = scratch.original.getLongs(0, UserRegs.SIZEOF / Long.BYTES);
    if (original[UserRegs.cs / Long.BYTES] != USER_CS) {
      throw new UnsupportedException("thread " + tid, "it runs 32-bit code, which is not carried");
    }
    rseq = RseqCriticalSection.read(scratch.pid(), tid, scratch.rseq);
    // A multiple of 8: all components are.
    xstateBytes = Ptrace.getRegset(tid, Elf.NT_X86_XSTATE, scratch.xstate);
    xstate = scratch.xstate.getLongs(0, xstateBytes / Long.BYTES);
    sigmask = Ptrace.getSigmask(tid);
    int frameBytes = SignalFrame.lengthBytes(xstateBytes);
    scratch.choose(
        original[UserRegs.rsp / Long.BYTES], leastBelowFrame + SignalFrame.ALIGNMENT + frameBytes);
    frameAddress =
        (scratch.address() + scratch.lengthBytes() - frameBytes) & -SignalFrame.ALIGNMENT;
  }

  /** Builds a frame, as {@link RemoteCaller#rehearse} says. */
  static void rehearse(Gadgets.Found gadgets) {
    try (NativeMemory frame = NativeMemory.allocate(SignalFrame.lengthBytes(XSTATE_MIN_BYTES))) {
      long[] words = new long[XSTATE_MIN_BYTES / Long.BYTES];
      SignalFrame.build(frame, 0, gadgets.sigreturn(), words, words, XSTATE_MIN_BYTES, 0);
    }
  }

  int tid() {
    return tid;
  }

  long frameAddress() {
    return frameAddress;
  }

  long[] xstate() {
    return xstate;
  }

  /** The signals it blocks; bit n-1 stands for signal n. */
  long sigmask() {
    return sigmask;
  }

  /** The restartable sequence it is in. */
  RseqCriticalSection rseq() {
    return rseq;
  }

  /** A signal that arrived meanwhile and must be given to PTRACE_DETACH; or 0. */
  int stopSignal() {
    return stopSignal;
  }

  /**
   * Writes the frame.
   *
   * @param offset of {@link #frameAddress} in the scratch memory, which is saved from there on
   */
  void putFrame(int offset) {
    int frameBytes = SignalFrame.lengthBytes(xstateBytes);
    SignalFrame.build(
        scratch.content.slice(offset, frameBytes),
        frameAddress,
        gadgets.sigreturn(),
        restartedRegisters(),
        xstate,
        xstateBytes,
        sigmask);
    scratch.write(offset, frameBytes);
    scratch.working.putLongs(0, original, original.length);
  }

  /** Leads it to where {@link #call} can be used. */
  void enter() {
    if (!scratch.entered) {
      stand(gadgets.sigreturn(), frameAddress + Long.BYTES);
      enter(ALL_SIGNALS);
      stand(gadgets.syscallRet(), frameAddress);
    }
  }

  /** Leads it through a chain that is written. It may stay behind it. */
  void walk(CallChain chain, int quietSignal) {
    chain.enter(scratch.working);
    enter(ALL_SIGNALS & ~Signal.bit(quietSignal));
    Ptrace.cont(tid, 0);
    awaitEnd(chain, quietSignal);
  }

  private void awaitEnd(CallChain chain, int quietSignal) {
    while (true) {
      WaitStatus status = awaitStop();
      if (status.ptraceEvent() == 0) {
        int signal = status.stopSignal();
        if (signal == quietSignal) {
          Ptrace.getRegset(tid, Elf.NT_PRSTATUS, scratch.after);
          if (chain.isAtEnd(scratch.after)) {
            beforeFrame = true;
            return;
          }
        } else if ((Signal.bit(signal) & FAULTS) != 0) {
          throw new RemoteCallException(
              "thread " + tid + " was hit by " + Signal.name(signal) + " under examination", 0);
        } else {
          stopSignal = signal;
        }
      }
      Ptrace.cont(tid, 0);
    }
  }

  /** Makes one call; the thread stays behind it, where a `ret` leads to the frame. */
  long call(int nr, long[] args) {
    NativeMemory regs = scratch.working;
    regs.putLong(UserRegs.rax, nr);
    regs.putLong(UserRegs.rdi, args[0]);
    regs.putLong(UserRegs.rsi, args[1]);
    regs.putLong(UserRegs.rdx, args[2]);
    regs.putLong(UserRegs.r10, args[3]);
    regs.putLong(UserRegs.r8, args[4]);
    regs.putLong(UserRegs.r9, args[5]);
    setRegisters(regs);
    toSyscallStop();
    toSyscallStop();
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, scratch.after);
    return scratch.after.getLong(UserRegs.rax);
  }

  private void toSyscallStop() {
    Ptrace.syscall(tid, 0);
    while (true) {
      WaitStatus status = awaitStop();
      if (status.isSyscallStop()) {
        return;
      }
      if (status.ptraceEvent() == 0) {
        // Cannot be blocked (SIGSTOP) or was forced by the kernel: delivered when we let go.
        stopSignal = status.stopSignal();
      }
      Ptrace.syscall(tid, 0);
    }
  }

  /** Looks a few times first: the stop comes sooner than this thread would fall asleep and wake. */
  private WaitStatus awaitStop() {
    WaitStatus status = Wait.wait4(tid, Wait.__WALL | Wait.WNOHANG);
    for (int look = 1; status.pid() == 0; look++) {
      status = Wait.wait4(tid, look < EAGER_LOOKS ? Wait.__WALL | Wait.WNOHANG : Wait.__WALL);
    }
    if (!status.isStopped()) {
      throw new RemoteCallException(
          "thread " + tid + " ended under examination (" + status + ")", 0);
    }
    return status;
  }

  /** Leads the thread, with the registers as they are prepared, into the pages. */
  private void enter(long blocked) {
    scratch.entered = true;
    beforeFrame = false;
    scratch.working.putLong(UserRegs.orig_rax, -1);
    long flags = original[UserRegs.eflags / Long.BYTES];
    scratch.working.putLong(UserRegs.eflags, flags & ~(EFLAGS_TF | EFLAGS_DF));
    setRegisters(scratch.working);
    Ptrace.setSigmask(tid, blocked);
  }

  private void stand(long instruction, long stack) {
    scratch.working.putLong(UserRegs.rip, instruction);
    scratch.working.putLong(UserRegs.rsp, stack);
  }

  private void setRegisters(NativeMemory regs) {
    Ptrace.setRegset(tid, Elf.NT_PRSTATUS, regs, UserRegs.SIZEOF);
  }

  /** Puts the thread back where it stood; it stays in its ptrace stop. */
  @Override
  public void close() {
    if (scratch.entered) {
      if (!beforeFrame) {
        // As after the `ret`: killed here, the thread calls rt_sigreturn at once.
        stand(gadgets.sigreturn(), frameAddress + Long.BYTES);
        setRegisters(scratch.working);
      }
      Ptrace.setSigmask(tid, sigmask);
      setRegisters(scratch.original);
      scratch.entered = false;
      rseq.putBack();
    }
  }

  /**
   * user_regs_struct, in words, for a thread that starts anew with them, as in an image or after
   * rt_sigreturn: an interrupted call starts again, or fails with EINTR if it would have to go on
   * where it was (arch/x86/kernel/signal.c does the same on the way to user space), and inside a
   * restartable sequence it goes on at the abort handler. CRIU's images hold this too.
   */
  long[] restartedRegisters() {
    long[] regs = original.clone();
    if (original[UserRegs.orig_rax / Long.BYTES] >= 0) {
      restartCall(regs);
    }
    regs[RIP] = rseq.resumeIp(regs[RIP]);
    return regs;
  }

  private void restartCall(long[] regs) {
    switch ((int) -original[RAX]) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> {
        regs[RAX] = original[UserRegs.orig_rax / Long.BYTES];
        regs[RIP] -= SYSCALL_INSTRUCTION_BYTES;
      }
      case ERESTART_RESTARTBLOCK -> regs[RAX] = -Errno.EINTR.number();
      default -> {
        // The call was done; its result stands.
      }
    }
  }
}
