// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.UserRegs;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import dev.torpor.proc.TaskStatus;
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
 *   <li>the scratch pages are given back last, when nothing points to them any more.
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

  private static final int EFLAGS_TF = 0x100;
  private static final int EFLAGS_DF = 0x400;

  // include/linux/errno.h, never seen by user space.
  private static final int ERESTARTSYS = 512;
  private static final int ERESTARTNOINTR = 513;
  private static final int ERESTARTNOHAND = 514;
  private static final int ERESTART_RESTARTBLOCK = 516;

  private final int pid;
  private final int tid;
  private final Gadgets.Found gadgets;
  private final NativeMemory original = NativeMemory.allocate(UserRegs.SIZEOF);
  private final NativeMemory working = NativeMemory.allocate(UserRegs.SIZEOF);
  private final NativeMemory xstate = NativeMemory.allocate(XSTATE_MAX_BYTES);
  private final int xstateBytes;
  private final long sigmask;
  private final long frameAddress;
  private final long dataAddress;
  private final ScratchPages scratch;
  private final int quietSignal;
  private int stopSignal;
  private boolean moved;

  /**
   * Prepares a thread; it does not move before the first call.
   *
   * @param pid its task
   * @param tid a thread in a ptrace stop of the calling platform thread
   * @param gadgets instructions of the task
   * @param scratch dead memory of the task for the frame and the data, from {@link ScratchPages}
   * @param status of the thread as it was stopped
   */
  public RemoteCaller(
      int pid, int tid, Gadgets.Found gadgets, ScratchPages scratch, TaskStatus status) {
    this.pid = pid;
    this.tid = tid;
    this.gadgets = gadgets;
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, original);
    xstateBytes = Ptrace.getRegset(tid, Elf.NT_X86_XSTATE, xstate);
    sigmask = Ptrace.getSigmask(tid);
    quietSignal = quietSignal(status);
    frameAddress = scratch.address() + CallChain.MAX_BYTES;
    dataAddress =
        (frameAddress + SignalFrame.lengthBytes(xstateBytes) + SignalFrame.ALIGNMENT - 1)
            & -SignalFrame.ALIGNMENT;
    this.scratch = scratch;
    if (dataAddress >= scratch.endAddress()) {
      throw new IllegalArgumentException("xstate of " + xstateBytes + " bytes does not fit");
    }
  }

  /** Does over zeros what needs no thread, so that its code has run before a tree is frozen. */
  public static void rehearse(Gadgets.Found gadgets, Program program) {
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF).zero();
        NativeMemory xstate = NativeMemory.allocate(XSTATE_MAX_BYTES).zero()) {
      SignalFrame.build(0, gadgets.sigreturn(), regs, xstate, XSTATE_MIN_BYTES, 0).close();
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

  /** NT_X86_XSTATE of the thread, {@link #xstateBytes} bytes of it. */
  public NativeMemory xstate() {
    return xstate;
  }

  /** Size of the thread's NT_X86_XSTATE. */
  public int xstateBytes() {
    return xstateBytes;
  }

  /** Blocked signals of the thread. */
  public long sigmask() {
    return sigmask;
  }

  /** A signal that arrived for the thread meanwhile and must be given to PTRACE_DETACH; or 0. */
  public int stopSignal() {
    return stopSignal;
  }

  /**
   * Runs a program of plain calls.
   *
   * @return results, readable until the next run
   */
  public Answers run(Program program) {
    move();
    int length = program.area.lengthBytes();
    int resultsOffset = (length + Long.BYTES - 1) & -Long.BYTES;
    int total = resultsOffset + program.ops().size() * Long.BYTES;
    if (dataAddress + total > scratch.endAddress()) {
      throw new IllegalArgumentException(total + " bytes of data do not fit in the scratch pages");
    }
    NativeMemory data = NativeMemory.allocate(Math.max(total, 8));
    data.putBytes(0, program.area.array(), 0, length);
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      data.putLong(
          program.pointerOffsets.get(i), dataAddress + program.pointerTargets.get(i).offset);
    }
    ProcessVm.write(pid, dataAddress, data, total);
    long[] results = new long[program.ops().size()];
    if (quietSignal == 0) {
      for (Op op : program.ops()) {
        results[op.index] = call(op.nr, args(op, results));
        check(op, results[op.index]);
      }
      ProcessVm.read(pid, dataAddress, data, total);
    } else {
      runInChains(program.ops(), results, data, total, dataAddress + resultsOffset);
    }
    return new Read(results, data);
  }

  private void runInChains(
      List<Op> ops, long[] results, NativeMemory data, int total, long resultsAddress) {
    int done = 0;
    while (done < ops.size()) {
      CallChain chain = new CallChain(gadgets, frameAddress);
      int next = done;
      while (next < ops.size()
          && !usesResultSince(ops.get(next), done)
          && chain.add(
              ops.get(next).nr,
              args(ops.get(next), results),
              resultsAddress + (long) next * Long.BYTES)) {
        next++;
      }
      walk(chain);
      ProcessVm.read(pid, dataAddress, data, total);
      for (; done < next; done++) {
        Op op = ops.get(done);
        results[done] = data.getLong((int) (resultsAddress - dataAddress) + done * Long.BYTES);
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

  private void walk(CallChain chain) {
    chain.end(tid, quietSignal);
    ProcessVm.write(pid, chain.address(), chain.words(), chain.lengthBytes());
    chain.enter(working);
    Ptrace.setRegset(tid, Elf.NT_PRSTATUS, working, UserRegs.SIZEOF);
    Ptrace.setSigmask(tid, ALL_SIGNALS & ~Signal.bit(quietSignal));
    Ptrace.cont(tid, 0);
    awaitEnd(chain);
    Ptrace.setSigmask(tid, ALL_SIGNALS);
    standAt(gadgets.syscallRet(), frameAddress);
  }

  private void awaitEnd(CallChain chain) {
    NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF);
    while (true) {
      WaitStatus status = awaitStop();
      if (status.ptraceEvent() == 0) {
        int signal = status.stopSignal();
        if (signal == quietSignal) {
          Ptrace.getRegset(tid, Elf.NT_PRSTATUS, regs);
          if (chain.isAtEnd(regs)) {
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
  private record Read(long[] results, NativeMemory data) implements Answers {
    @Override
    public long result(Op op) {
      return results[op.index];
    }

    @Override
    public int getInt(Data piece, int at) {
      return data.getInt(piece.offset + at);
    }

    @Override
    public long getLong(Data piece, int at) {
      return data.getLong(piece.offset + at);
    }
  }

  private long[] args(Op op, long[] results) {
    long[] args = new long[6];
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference instanceof Data data) {
        args[i] = dataAddress + data.offset;
      } else if (reference instanceof Op earlier) {
        args[i] = results[earlier.index];
      } else {
        args[i] = op.values[i];
      }
    }
    return args;
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
    working.putLong(UserRegs.rax, nr);
    working.putLong(UserRegs.rdi, args[0]);
    working.putLong(UserRegs.rsi, args[1]);
    working.putLong(UserRegs.rdx, args[2]);
    working.putLong(UserRegs.r10, args[3]);
    working.putLong(UserRegs.r8, args[4]);
    working.putLong(UserRegs.r9, args[5]);
    Ptrace.setRegset(tid, Elf.NT_PRSTATUS, working, UserRegs.SIZEOF);
    toSyscallStop();
    toSyscallStop();
    NativeMemory after = NativeMemory.allocate(UserRegs.SIZEOF);
    Ptrace.getRegset(tid, Elf.NT_PRSTATUS, after);
    return after.getLong(UserRegs.rax);
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

  private void move() {
    if (moved) {
      return;
    }
    scratch.take(pid);
    NativeMemory frame =
        SignalFrame.build(
            frameAddress, gadgets.sigreturn(), restartedRegisters(), xstate, xstateBytes, sigmask);
    ProcessVm.write(pid, frameAddress, frame, frame.lengthBytes());
    working.putBytes(0, original, 0, UserRegs.SIZEOF);
    // As after the `ret`: killed here, the thread calls rt_sigreturn at once.
    standAt(gadgets.sigreturn(), frameAddress + Long.BYTES);
    Ptrace.setSigmask(tid, ALL_SIGNALS);
    moved = true;
    standAt(gadgets.syscallRet(), frameAddress);
  }

  private void standAt(long instruction, long stack) {
    working.putLong(UserRegs.rip, instruction);
    working.putLong(UserRegs.rsp, stack);
    working.putLong(UserRegs.orig_rax, -1);
    long flags = original.getLong(UserRegs.eflags);
    working.putLong(UserRegs.eflags, flags & ~(EFLAGS_TF | EFLAGS_DF));
    Ptrace.setRegset(tid, Elf.NT_PRSTATUS, working, UserRegs.SIZEOF);
  }

  /** Puts the thread back where it stood; it stays in its ptrace stop. */
  @Override
  public void close() {
    if (moved) {
      standAt(gadgets.sigreturn(), frameAddress + Long.BYTES);
      Ptrace.setSigmask(tid, sigmask);
      Ptrace.setRegset(tid, Elf.NT_PRSTATUS, original, UserRegs.SIZEOF);
      scratch.giveBack(pid);
      moved = false;
    }
  }

  /**
   * user_regs_struct for a thread that starts anew with them, as in an image or after rt_sigreturn:
   * an interrupted call starts again, or fails with EINTR if it would have to go on where it was.
   * arch/x86/kernel/signal.c does the same on the way to user space; CRIU's images hold this too.
   */
  public NativeMemory restartedRegisters() {
    NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF);
    regs.putBytes(0, original, 0, UserRegs.SIZEOF);
    long call = original.getLong(UserRegs.orig_rax);
    if (call < 0) {
      return regs;
    }
    switch ((int) -original.getLong(UserRegs.rax)) {
      case ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND -> {
        regs.putLong(UserRegs.rax, call);
        regs.putLong(UserRegs.rip, original.getLong(UserRegs.rip) - SYSCALL_INSTRUCTION_BYTES);
      }
      case ERESTART_RESTARTBLOCK -> regs.putLong(UserRegs.rax, -Errno.EINTR.number());
      default -> {
        // The call was done; its result stands.
      }
    }
    return regs;
  }
}
