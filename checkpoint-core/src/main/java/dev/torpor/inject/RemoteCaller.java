// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.UserRegs;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import dev.torpor.proc.TaskStatus;
import java.util.Arrays;
import java.util.List;

/**
 * Runs programs in a thread that is in a ptrace stop, through instructions that it already has: in
 * a {@link CallChain} where that can be, which is one stop for all calls, or call by call. Nothing
 * is mapped into the target.
 *
 * <p><b>The tracer may die at any moment.</b> While the thread stands elsewhere than it stood, a
 * signal frame with all its registers lies in dead memory of its stack, and whatever instruction it
 * is resumed at leads through {@code ret} to rt_sigreturn. So:
 *
 * <ol>
 *   <li>the frame is written before the registers point to it;
 *   <li>signals are blocked after that (the frame holds the old mask) and unblocked before the
 *       registers go back;
 *   <li>the scratch pages are given back when nothing points to them any more.
 * </ol>
 *
 * <p>A system call that the stop interrupted is restarted by the kernel when the thread is let go,
 * since it then finds the registers as it left them. In the frame it is restarted by going back to
 * its instruction, because rt_sigreturn forgets that there was a call.
 */
public final class RemoteCaller implements AutoCloseable {
  /** Room for NT_X86_XSTATE with every component that Linux has today, AMX tiles included. */
  public static final int XSTATE_MAX_BYTES = 16 * 1024;

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

  private static final int EFLAGS_TF = 0x100;
  private static final int EFLAGS_DF = 0x400;

  // include/linux/errno.h, never seen by user space.
  private static final int ERESTARTSYS = 512;
  private static final int ERESTARTNOINTR = 513;
  private static final int ERESTARTNOHAND = 514;
  private static final int ERESTART_RESTARTBLOCK = 516;

  /** Where the frame lies in the scratch pages: behind a chain. */
  private static final int FRAME = CallChain.MAX_BYTES;

  private final int tid;

  /** What the thread itself calls {@link #tid}, in the pid namespace it lives in. */
  private final int ownTid;

  private final Gadgets.Found gadgets;
  private final ScratchPages.Taken scratch;
  private final long[] original;
  private final int xstateBytes;
  private final long[] xstate;
  private final long sigmask;
  private final long frameAddress;
  private final int dataOffset;
  private final int quietSignal;
  private int stopSignal;

  /** Whether the thread stands behind a chain, where a `ret` leads it to the frame. */
  private boolean beforeFrame;

  /**
   * Prepares a thread; it does not move before the first call.
   *
   * @param tid a thread in a ptrace stop of the calling platform thread
   * @param gadgets instructions of its task
   * @param scratch dead memory of its task for the frame and the data; one caller at a time
   * @param status of the thread as it was stopped
   */
  public RemoteCaller(
      int tid, Gadgets.Found gadgets, ScratchPages.Taken scratch, TaskStatus status) {
    this.tid = tid;
    this.ownTid = status.innermost("NSpid");
    this.gadgets = gadgets;
    this.scratch = scratch;
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, scratch.original);
    original = scratch.original.getLongs(0, UserRegs.SIZEOF / Long.BYTES);
    // A multiple of 8: all components are.
    xstateBytes = Ptrace.getRegset(tid, Elf.NT_X86_XSTATE, scratch.xstate);
    xstate = scratch.xstate.getLongs(0, xstateBytes / Long.BYTES);
    sigmask = Ptrace.getSigmask(tid);
    quietSignal = quietSignal(status);
    frameAddress = scratch.pages.address() + FRAME;
    int frameEnd = FRAME + SignalFrame.lengthBytes(xstateBytes);
    dataOffset = (frameEnd + SignalFrame.ALIGNMENT - 1) & -SignalFrame.ALIGNMENT;
    if (dataOffset >= scratch.pages.lengthBytes()) {
      throw new IllegalArgumentException("xstate of " + xstateBytes + " bytes does not fit");
    }
  }

  /** Does over zeros what needs no thread, so that its code has run before a tree is frozen. */
  public static void rehearse(Gadgets.Found gadgets, Program program) {
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF).zero();
        NativeMemory frame = NativeMemory.allocate(SignalFrame.lengthBytes(XSTATE_MIN_BYTES))) {
      long[] words = new long[XSTATE_MIN_BYTES / Long.BYTES];
      SignalFrame.build(frame, 0, gadgets.sigreturn(), words, words, XSTATE_MIN_BYTES, 0);
      if (gadgets.chain() != null) {
        CallChain chain = new CallChain(gadgets, 0);
        for (Op op : program.ops()) {
          chain.add(op.nr, op.values, 0);
        }
        chain.end(0, Signal.SIGURG);
        chain.enter(regs);
        chain.isAtEnd(regs);
      }
    }
  }

  /** Filters see the calls of a chain if the tracer dies, and may end the task: none then. */
  private int quietSignal(TaskStatus status) {
    if (gadgets.chain() == null || status.number("Seccomp") != 0) {
      return 0;
    }
    return CallChain.quietSignal(
        sigmask, status.mask("SigCgt"), status.mask("SigPnd") | status.mask("ShdPnd"));
  }

  /** The signals the thread blocks; bit n-1 stands for signal n. */
  public long sigmask() {
    return sigmask;
  }

  /**
   * The beginning of the NT_X86_XSTATE of the thread.
   *
   * @param lengthBytes how much of it, a multiple of 8; what the kernel gave less is zeros
   */
  public long[] xstate(int lengthBytes) {
    return Arrays.copyOf(xstate, lengthBytes / Long.BYTES);
  }

  /** A signal that arrived for the thread meanwhile and must be given to PTRACE_DETACH; or 0. */
  public int stopSignal() {
    return stopSignal;
  }

  /** Runs a program of plain calls; once per caller. */
  public Answers run(Program program) {
    int length = program.area.lengthBytes();
    int resultsOffset = dataOffset + ((length + Long.BYTES - 1) & -Long.BYTES);
    int end = resultsOffset + program.ops().size() * Long.BYTES;
    if (end > scratch.pages.lengthBytes()) {
      throw new IllegalArgumentException(
          end - dataOffset + " bytes of data do not fit in the scratch pages");
    }
    putFrame();
    scratch.content.zero(dataOffset, end - dataOffset);
    scratch.content.putBytes(dataOffset, program.area.array(), 0, length);
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      scratch.content.putLong(
          dataOffset + program.pointerOffsets.get(i), address(program.pointerTargets.get(i)));
    }
    long[] results = new long[program.ops().size()];
    if (quietSignal == 0) {
      scratch.write(FRAME, end - FRAME);
      stand(gadgets.sigreturn(), frameAddress + Long.BYTES);
      enter(ALL_SIGNALS);
      stand(gadgets.syscallRet(), frameAddress);
      for (Op op : program.ops()) {
        results[op.index] = call(op.nr, args(op, results));
        check(op, results[op.index]);
      }
      scratch.read(dataOffset, end - dataOffset);
    } else {
      runInChains(program.ops(), results, resultsOffset, end);
    }
    byte[] data = scratch.content.getBytes(dataOffset, length);
    return new Read(results, data);
  }

  private void putFrame() {
    SignalFrame.build(
        scratch.content.slice(FRAME, SignalFrame.lengthBytes(xstateBytes)),
        frameAddress,
        gadgets.sigreturn(),
        restartedRegisters(),
        xstate,
        xstateBytes,
        sigmask);
    scratch.working.putLongs(0, original, original.length);
  }

  private void runInChains(List<Op> ops, long[] results, int resultsOffset, int end) {
    int written = end;
    int done = 0;
    while (done < ops.size()) {
      CallChain chain = new CallChain(gadgets, frameAddress);
      int next = done;
      while (next < ops.size()
          && !usesResultSince(ops.get(next), done)
          && chain.add(
              ops.get(next).nr,
              args(ops.get(next), results),
              scratch.pages.address() + resultsOffset + (long) next * Long.BYTES)) {
        next++;
      }
      walk(chain, written);
      written = FRAME;
      scratch.read(dataOffset, end - dataOffset);
      for (; done < next; done++) {
        Op op = ops.get(done);
        results[done] = scratch.content.getLong(resultsOffset + done * Long.BYTES);
        check(op, results[done]);
      }
    }
  }

  private static boolean usesResultSince(Op op, int first) {
    for (int i = 0; i < op.argCount; i++) {
      if (op.references[i] instanceof Op earlier && earlier.index >= first) {
        return true;
      }
    }
    return false;
  }

  /**
   * At its end the thread stands before the frame, as after a `ret`: so it may stay there.
   *
   * @param end where in the pages ends what lies behind the chain and is not written yet
   */
  private void walk(CallChain chain, int end) {
    chain.end(ownTid, quietSignal);
    chain.put(scratch.content, FRAME);
    int start = FRAME - chain.lengthBytes();
    scratch.write(start, end - start);
    chain.enter(scratch.working);
    enter(ALL_SIGNALS & ~Signal.bit(quietSignal));
    Ptrace.cont(tid, 0);
    awaitEnd(chain);
  }

  private void awaitEnd(CallChain chain) {
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

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Read(long[] results, byte[] data) implements Answers {
    @Override
    public long result(Op op) {
      return results[op.index];
    }

    @Override
    public int getInt(Data piece, int at) {
      return (int) DataArea.get(data, piece.offset + at, Integer.BYTES);
    }

    @Override
    public long getLong(Data piece, int at) {
      return DataArea.get(data, piece.offset + at, Long.BYTES);
    }
  }

  private long[] args(Op op, long[] results) {
    long[] args = new long[6];
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference instanceof Data data) {
        args[i] = address(data);
      } else if (reference instanceof Op earlier) {
        args[i] = results[earlier.index];
      } else {
        args[i] = op.values[i];
      }
    }
    return args;
  }

  private long address(Data data) {
    return scratch.pages.address() + dataOffset + data.offset;
  }

  private void check(Op op, long result) {
    boolean asExpected =
        switch (op.expect) {
          case Op.EXPECT_ANY -> true;
          case Op.EXPECT_OK -> Long.compareUnsigned(result, -4096) <= 0;
          default -> result == op.expected;
        };
    if (!asExpected) {
      throw new RemoteCallException(op.purpose() + " in thread " + tid, result);
    }
  }

  private long call(int nr, long[] args) {
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
    }
  }

  /**
   * user_regs_struct, in words, for a thread that starts anew with them, as in an image or after
   * rt_sigreturn: an interrupted call starts again, or fails with EINTR if it would have to go on
   * where it was. arch/x86/kernel/signal.c does the same on the way to user space; CRIU's images
   * hold this too.
   */
  public long[] restartedRegisters() {
    long[] regs = original.clone();
    long call = original[UserRegs.orig_rax / Long.BYTES];
    if (call < 0) {
      return regs;
    }
    switch ((int) -original[RAX]) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> {
        regs[RAX] = call;
        regs[UserRegs.rip / Long.BYTES] -= SYSCALL_INSTRUCTION_BYTES;
      }
      case ERESTART_RESTARTBLOCK -> regs[RAX] = -Errno.EINTR.number();
      default -> {
        // The call was done; its result stands.
      }
    }
    return regs;
  }
}
