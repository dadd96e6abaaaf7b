// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.arch.CallChain;
import dev.torpor.arch.Gadgets;
import dev.torpor.arch.InterruptedCall;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.proc.TaskStatus;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Runs programs in a thread that is in a ptrace stop, through instructions that it already has: in
 * a {@link CallChain} where that can be, which is one stop for all calls, or call by call. Nothing
 * is mapped into the target.
 *
 * <p><b>The tracer may die at any moment.</b> While the thread stands elsewhere than it stood, a
 * signal frame with all its registers lies in dead memory of a stack, and whatever instruction it
 * is resumed at leads through {@code ret} to rt_sigreturn. So:
 *
 * <ol>
 *   <li>the frame is written before the registers point to it;
 *   <li>signals are blocked after that (the frame holds the old mask) and unblocked before the
 *       registers go back;
 *   <li>what lay there is put back when nothing points there any more.
 * </ol>
 */
public final class RemoteCaller implements AutoCloseable {
  /** Room for NT_X86_XSTATE with every component that Linux has today, AMX tiles included. */
  public static final int XSTATE_MAX_BYTES = 16 * 1024;

  /** Least room below a frame: for a short chain, its results and data. */
  private static final int BELOW_FRAME = 1024;

  /** Where results lie in the data of a chain: before the rest. */
  private static final int RESULTS_BYTES =
      (CallChain.MAX_CALLS * Long.BYTES + DataWindow.ALIGNMENT - 1) & -DataWindow.ALIGNMENT;

  /** What the thread itself calls its id, in the pid namespace it lives in. */
  private final int ownTid;

  private final Gadgets.Found gadgets;
  private final Scratch scratch;
  private final StoppedThread thread;
  private final int frameOffset;

  /** Where results, data and then the chain begin. */
  private int low;

  private final int quietSignal;

  /**
   * Prepares a thread; it does not move before the first call.
   *
   * @param tid a thread in a ptrace stop of the calling platform thread
   * @param gadgets instructions of its task
   * @param scratch dead memory of its task for the frame and the data; one caller at a time
   * @param status of the thread as it was stopped
   */
  public RemoteCaller(int tid, Gadgets.Found gadgets, Scratch scratch, TaskStatus status) {
    this.ownTid = status.innermost("NSpid");
    this.gadgets = gadgets;
    this.scratch = scratch;
    if (status.number("Seccomp") != 0) {
      // Its filters are not made for our calls.
      Ptrace.setOptions(tid, Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_SUSPEND_SECCOMP);
    }
    thread = new StoppedThread(tid, gadgets, scratch, BELOW_FRAME);
    quietSignal = quietSignal(status);
    frameOffset = (int) (thread.frameAddress() - scratch.address());
  }

  /** Does over zeros what needs no thread, so that its code has run before a tree is frozen. */
  public static void rehearse(Gadgets.Found gadgets, Program program) {
    StoppedThread.rehearse(gadgets);
    DataWindow window = new DataWindow(program);
    window.begin(0, 0);
    try (Scratch scratch = new Scratch(0, List.of(), new long[1], null)) {
      if (gadgets.chain() != null) {
        CallChain chain = new CallChain(gadgets, 0);
        for (Op op : program.ops()) {
          window.add(op, scratch.content.lengthBytes());
          chain.add(op.nr, op.values, 0);
        }
        chain.end(0, Signal.SIGURG);
        chain.enter(scratch.working);
        chain.isAtEnd(scratch.working);
      }
      window.put(scratch.content);
      window.get(scratch.content);
    }
  }

  /** Filters see the calls of a chain if the tracer dies, and may end the task: none then. */
  private int quietSignal(TaskStatus status) {
    if (gadgets.chain() == null || status.number("Seccomp") != 0) {
      return 0;
    }
    return CallChain.quietSignal(
        thread.sigmask(), status.mask("SigCgt"), status.mask("SigPnd") | status.mask("ShdPnd"));
  }

  /** The call that the thread is in and that goes on where it is; null if there is none. */
  public InterruptedCall interrupted() {
    return thread.interrupted();
  }

  /** The restartable sequence the thread is in. */
  public RseqCriticalSection rseq() {
    return thread.rseq();
  }

  /** Which of its system calls go to a handler of its own; null for none. */
  public UserDispatch dispatch() {
    return thread.dispatch();
  }

  /** The signals the thread blocks; bit n-1 stands for signal n. */
  public long sigmask() {
    return thread.sigmask();
  }

  /**
   * The beginning of the NT_X86_XSTATE of the thread.
   *
   * @param lengthBytes how much of it, a multiple of 8; what the kernel gave less is zeros
   */
  public long[] xstate(int lengthBytes) {
    return Arrays.copyOf(thread.xstate(), lengthBytes / Long.BYTES);
  }

  /** A signal that arrived for the thread meanwhile and must be given to PTRACE_DETACH; or 0. */
  public int stopSignal() {
    return thread.stopSignal();
  }

  /**
   * Runs a program of plain calls; once per caller.
   *
   * @throws IllegalArgumentException if the data of a single call is too much for the memory there
   */
  public Answers run(Program program) {
    List<Op> ops = program.ops();
    DataWindow window = new DataWindow(program);
    low = lowest(window.data().length);
    scratch.save(low);
    thread.putFrame(frameOffset);
    long[] results = new long[ops.size()];
    int done = 0;
    while (done < ops.size()) {
      window.begin(low + RESULTS_BYTES, scratch.address() + low + RESULTS_BYTES);
      int next =
          quietSignal == 0
              ? callOneByOne(ops, done, window, results)
              : walk(ops, done, window, results);
      if (next == done) {
        throw new IllegalArgumentException(
            "data of \"" + ops.get(next).purpose() + "\" does not fit in the scratch memory");
      }
      done = next;
    }
    return new ReadAnswers(results, window.data());
  }

  /** As low as a long chain and all data need it, if there is so much. */
  private int lowest(int dataBytes) {
    long need = CallChain.MAX_BYTES + RESULTS_BYTES + (long) dataBytes + DataWindow.ALIGNMENT;
    int available = (int) Math.min(need, frameOffset);
    return frameOffset - (available & -DataWindow.ALIGNMENT);
  }

  private void putBelowFrame(DataWindow window) {
    window.put(scratch.content);
    scratch.write(low, frameOffset - low);
  }

  private void getBelowFrame(DataWindow window) {
    scratch.read(low, frameOffset - low);
    window.get(scratch.content);
  }

  /** Returns the number of the first call that was not made. */
  private int callOneByOne(List<Op> ops, int first, DataWindow window, long[] results) {
    int next = first;
    int room = frameOffset - low - RESULTS_BYTES;
    while (next < ops.size() && window.add(ops.get(next), room)) {
      next++;
    }
    putBelowFrame(window);
    thread.enter();
    for (int i = first; i < next; i++) {
      results[i] = thread.call(ops.get(i).nr, args(ops.get(i), window, results));
      check(ops.get(i), results[i]);
    }
    getBelowFrame(window);
    return next;
  }

  /** Likewise, in one chain. */
  private int walk(List<Op> ops, int first, DataWindow window, long[] results) {
    CallChain chain = new CallChain(gadgets, thread.frameAddress());
    int next = first;
    while (next < ops.size()) {
      Op op = ops.get(next);
      int room = frameOffset - low - RESULTS_BYTES - chain.lengthBytesWithAnother();
      long result = scratch.address() + low + (long) (next - first) * Long.BYTES;
      if (usesResultSince(op, first)
          || !window.add(op, room)
          || !chain.add(op.nr, args(op, window, results), result)) {
        break;
      }
      next++;
    }
    if (next > first) {
      walk(chain, window);
    }
    for (int i = first; i < next; i++) {
      results[i] = scratch.content.getLong(low + (i - first) * Long.BYTES);
      check(ops.get(i), results[i]);
    }
    return next;
  }

  private static boolean usesResultSince(Op op, int first) {
    for (int i = 0; i < op.argCount; i++) {
      if (op.references[i] instanceof Op earlier && earlier.index >= first) {
        return true;
      }
    }
    return false;
  }

  /** At its end the thread stands before the frame, as after a `ret`: so it may stay there. */
  private void walk(CallChain chain, DataWindow window) {
    chain.end(ownTid, quietSignal);
    chain.put(scratch.content, frameOffset);
    putBelowFrame(window);
    thread.walk(chain, quietSignal);
    getBelowFrame(window);
  }

  /**
   * Has the thread make a descriptor, and close it again, which it does without a tracer too.
   *
   * @param nr the call that gives the descriptor
   * @param argument its only one
   * @param borrower gets the number while it is open, or what the call gave instead
   * @return false if this thread can be led through no {@link CallChain}; nothing was done
   */
  public boolean lend(int nr, long argument, IntConsumer borrower) {
    if (quietSignal == 0) {
      return false;
    }
    low = frameOffset - BELOW_FRAME;
    scratch.save(low);
    thread.putFrame(frameOffset);
    CallChain chain = new CallChain(gadgets, thread.frameAddress());
    chain.lend(nr, argument, ownTid, quietSignal);
    chain.put(scratch.content, frameOffset);
    scratch.write(low, BELOW_FRAME);
    thread.walk(
        chain,
        quietSignal,
        () -> {
          scratch.read(low, BELOW_FRAME);
          borrower.accept(scratch.content.getInt(frameOffset - chain.lentFdBeforeEnd()));
        });
    return true;
  }

  private static long[] args(Op op, DataWindow window, long[] results) {
    long[] args = new long[6];
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference instanceof Data data) {
        args[i] = window.address(data);
      } else if (reference instanceof Op earlier) {
        args[i] = results[earlier.index];
      } else {
        args[i] = op.values[i];
      }
    }
    return args;
  }

  private void check(Op op, long result) {
    if (!op.accepts(result)) {
      throw new RemoteCallException(op.purpose() + " in thread " + thread.tid(), result);
    }
  }

  /**
   * user_regs_struct, in words, for a thread that starts anew with them, as in an image or after
   * rt_sigreturn: an interrupted call starts again, or fails with EINTR if it would have to go on
   * where it was, and inside a restartable sequence it goes on at the abort handler.
   */
  public long[] restartedRegisters() {
    return thread.restartedRegisters();
  }

  /** Puts the thread back where it stood; it stays in its ptrace stop. */
  @Override
  public void close() {
    thread.close();
  }
}
