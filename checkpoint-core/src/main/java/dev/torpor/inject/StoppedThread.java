// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.arch.CallChain;
import dev.torpor.arch.CallRegisters;
import dev.torpor.arch.Gadgets;
import dev.torpor.arch.InterruptedCall;
import dev.torpor.arch.SignalFrame;
import dev.torpor.arch.XstateLayout;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Elf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import java.util.function.Predicate;

/**
 * A thread in a ptrace stop that is led elsewhere and put back.
 *
 * <p>A system call that the stop interrupted is restarted by the kernel when the thread is let go,
 * since it then finds the registers as it left them. In the frame it is restarted by going back to
 * its instruction, because rt_sigreturn forgets that there was a call.
 */
final class StoppedThread implements AutoCloseable {
  private static final long ALL_SIGNALS = -1;
  private static final int EAGER_LOOKS = 100;

  /** What the kernel sends to a thread for its own instruction, and sends again if it goes on. */
  private static final long FAULTS =
      Signal.bit(Signal.SIGSEGV)
          | Signal.bit(Signal.SIGBUS)
          | Signal.bit(Signal.SIGILL)
          | Signal.bit(Signal.SIGFPE)
          | Signal.bit(Signal.SIGTRAP);

  private final int tid;
  private final Gadgets.Found gadgets;
  private final Scratch scratch;
  private final long[] xstate;

  /** How much of it the frame holds. */
  private final int frameXstateBytes;

  private final long sigmask;
  private final RseqCriticalSection rseq;
  private final UserDispatch dispatch;

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
    scratch.original.read(tid);
    if (!scratch.original.is64Bit()) {
      throw new UnsupportedException("thread " + tid, "it runs 32-bit code, which is not carried");
    }
    dispatch = UserDispatch.read(scratch.pid(), tid, scratch.rseq);
    rseq = RseqCriticalSection.read(scratch.pid(), tid, scratch.rseq);
    // A multiple of 8: all components are.
    int xstateBytes = Ptrace.getRegset(tid, Elf.NT_X86_XSTATE, scratch.xstate);
    xstate = scratch.xstate.getLongs(0, xstateBytes / Long.BYTES);
    sigmask = Ptrace.getSigmask(tid);
    long used = scratch.xstate.getLong(XstateLayout.XSTATE_BV);
    frameXstateBytes = scratch.layout.usedBytes(used, xstateBytes);
    int frameBytes = SignalFrame.lengthBytes(frameXstateBytes);
    scratch.choose(scratch.original.stack(), leastBelowFrame + SignalFrame.ALIGNMENT + frameBytes);
    frameAddress =
        (scratch.address() + scratch.lengthBytes() - frameBytes) & -SignalFrame.ALIGNMENT;
  }

  /** Builds a frame, as {@link RemoteCaller#rehearse} says. */
  static void rehearse(Gadgets.Found gadgets) {
    try (NativeMemory frame =
        NativeMemory.allocate(SignalFrame.lengthBytes(XstateLayout.HEADER_END))) {
      long[] words = new long[XstateLayout.HEADER_END / Long.BYTES];
      SignalFrame.build(frame, 0, gadgets.sigreturn(), words, words, XstateLayout.HEADER_END, 0);
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

  /** Which of its system calls go to a handler of its own; null for none. */
  UserDispatch dispatch() {
    return dispatch;
  }

  /** The signals it blocks; bit n-1 stands for signal n. */
  long sigmask() {
    return sigmask;
  }

  /** The call that it is in and that goes on where it is; null if there is none. */
  InterruptedCall interrupted() {
    return scratch.original.interrupted();
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
    int frameBytes = SignalFrame.lengthBytes(frameXstateBytes);
    SignalFrame.build(
        scratch.content.slice(offset, frameBytes),
        frameAddress,
        gadgets.sigreturn(),
        restartedRegisters(),
        xstate,
        frameXstateBytes,
        sigmask);
    scratch.write(offset, frameBytes);
    scratch.working.set(scratch.original.words());
  }

  /** Leads it to where {@link #call} can be used. */
  void enter() {
    if (!scratch.entered) {
      scratch.working.jump(gadgets.sigreturn(), frameAddress + Long.BYTES);
      enter(ALL_SIGNALS);
      scratch.working.jump(gadgets.syscallRet(), frameAddress);
    }
  }

  /** Leads it through a chain that is written. It may stay behind it. */
  void walk(CallChain chain, int quietSignal) {
    begin(chain, quietSignal);
    await(chain::isAtEnd, quietSignal);
    beforeFrame = true;
  }

  /** The same through one that lends a descriptor; {@code meanwhile} it is open. */
  void walk(CallChain chain, int quietSignal, Runnable meanwhile) {
    begin(chain, quietSignal);
    await(chain::isLent, quietSignal);
    try {
      meanwhile.run();
    } finally {
      Ptrace.cont(tid, 0);
      await(chain::isAtEnd, quietSignal);
      beforeFrame = true;
    }
  }

  private void begin(CallChain chain, int quietSignal) {
    chain.enter(scratch.working);
    enter(ALL_SIGNALS & ~Signal.bit(quietSignal));
    Ptrace.cont(tid, 0);
  }

  /** Until the quiet signal stops it at a place. */
  private void await(Predicate<CallRegisters> place, int quietSignal) {
    while (true) {
      WaitStatus status = awaitStop();
      if (status.ptraceEvent() == 0) {
        int signal = status.stopSignal();
        if (signal == quietSignal) {
          scratch.after.read(tid);
          if (place.test(scratch.after)) {
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
    scratch.working.call(nr, args).write(tid);
    toSyscallStop();
    toSyscallStop();
    scratch.after.read(tid);
    return scratch.after.result();
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
    scratch.working.outsideOfCalls().plainFlags().write(tid);
    Ptrace.setSigmask(tid, blocked);
  }

  /** Puts the thread back where it stood; it stays in its ptrace stop. */
  @Override
  public void close() {
    if (scratch.entered) {
      if (!beforeFrame) {
        // As after the `ret`: killed here, the thread calls rt_sigreturn at once.
        scratch.working.jump(gadgets.sigreturn(), frameAddress + Long.BYTES);
        scratch.working.write(tid);
      }
      Ptrace.setSigmask(tid, sigmask);
      scratch.original.write(tid);
      scratch.entered = false;
      rseq.putBack();
    }
  }

  /**
   * user_regs_struct for a thread that starts anew with them, as {@link CallRegisters#restarted}
   * says; inside a restartable sequence it goes on at the abort handler.
   */
  long[] restartedRegisters() {
    long[] words = scratch.original.restarted();
    CallRegisters.jump(words, rseq.resumeIp(CallRegisters.instruction(words)));
    return words;
  }
}
