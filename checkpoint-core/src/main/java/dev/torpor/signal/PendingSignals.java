// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.siginfo_entry;
import dev.torpor.image.proto.signal_queue_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Siginfo;
import dev.torpor.linux.Signal;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.SignalRecords;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Signals that wait, with all that came with them: the process's queue in the leader's task entry,
 * each thread's own in its thread entry.
 *
 * <p>They return from inside, as rt_sigqueueinfo(2) lets a task send any {@code si_code} to itself
 * only: from another, codes of the kernel (0 and above) and SI_TKILL give EPERM. "Itself" is the
 * thread: the process's queue is the leader's to fill. All signals are blocked then, so none is
 * dropped for being ignored, and none is delivered. Setting an action can drop them, so they come
 * after the actions; SIGCHLD, of which the restore makes some, when those were dropped. They come
 * before the limit of their number, which may have been lowered.
 *
 * <p>SIGSTOP cannot be blocked: it would stop the task in the middle of its restore. Whoever lets
 * the task go sends it then ({@link #hasStop}); nothing of what came with it can be seen by a
 * program.
 */
public final class PendingSignals implements ThreadRoom {
  private static final int BATCH = 32;

  @Override
  public boolean asksTracee(ThreadState thread) {
    return thread.isLeader() || hasOwn(thread);
  }

  private static boolean hasOwn(ThreadState thread) {
    return thread.status().mask("SigPnd") != 0;
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      return (core, answers) -> {};
    }
    signal_queue_entry own =
        hasOwn(thread) ? queue(thread.tid(), 0) : signal_queue_entry.getDefaultInstance();
    if (!thread.isLeader()) {
      return (core, answers) ->
          core.thread().embedded(thread_core_entry.SIGNALS_P_FIELD_NUMBER, own);
    }
    signal_queue_entry shared = queue(thread.tid(), Ptrace.PTRACE_PEEKSIGINFO_SHARED);
    return (core, answers) -> {
      core.thread().embedded(thread_core_entry.SIGNALS_P_FIELD_NUMBER, own);
      core.task().setSignalsS(shared);
    };
  }

  private static signal_queue_entry queue(int tid, int flags) {
    signal_queue_entry.Builder queue = signal_queue_entry.newBuilder();
    try (NativeMemory batch = NativeMemory.allocate(BATCH * Siginfo.SI_MAX_SIZE)) {
      int count;
      while ((count = Ptrace.peekSiginfo(tid, flags, queue.getSignalsCount(), batch)) > 0) {
        for (int i = 0; i < count; i++) {
          byte[] siginfo = batch.getBytes(i * Siginfo.SI_MAX_SIZE, Siginfo.SI_MAX_SIZE);
          queue.addSignals(siginfo_entry.newBuilder().setSiginfo(ByteString.copyFrom(siginfo)));
        }
      }
    }
    return queue.build();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader()) {
      requeue(core.getTc().getSignalsS(), true, plan);
    }
    requeue(core.getThreadCore().getSignalsP(), false, plan);
  }

  private static void requeue(signal_queue_entry queue, boolean shared, ThreadPlan plan) {
    SignalRecords.add(queue.getSignalsCount(), plan);
    for (siginfo_entry entry : queue.getSignalsList()) {
      byte[] siginfo = entry.getSiginfo().toByteArray();
      if (siginfo.length != Siginfo.SI_MAX_SIZE) {
        throw new UnsupportedException(
            "pending signal of " + plan.subject(),
            "its image has " + siginfo.length + " bytes instead of " + Siginfo.SI_MAX_SIZE);
      }
      int signo = signo(siginfo);
      if (signo == Signal.SIGCHLD && !plan.isLeader()) {
        throw new UnsupportedException(
            plan.subject(),
            "SIGCHLD waits for this thread alone (tgkill(2)), which is not carried; let it take the"
                + " signal before the dump");
      }
      if (signo != Signal.SIGSTOP) {
        Step step = signo == Signal.SIGCHLD ? Step.ARM : Step.THREAD;
        plan.at(step, program -> requeue(siginfo, shared, plan, program));
      }
    }
  }

  /** Whether SIGSTOP waits for a thread, or for its process. */
  public static boolean hasStop(core_entry core) {
    return hasStop(core.getThreadCore().getSignalsP()) || hasStop(core.getTc().getSignalsS());
  }

  private static boolean hasStop(signal_queue_entry queue) {
    for (siginfo_entry entry : queue.getSignalsList()) {
      if (signo(entry.getSiginfo().toByteArray()) == Signal.SIGSTOP) {
        return true;
      }
    }
    return false;
  }

  private static void requeue(byte[] siginfo, boolean shared, ThreadPlan plan, Program program) {
    int signo = signo(siginfo);
    String purpose =
        "restoring pending "
            + SignalName.of(signo)
            + (shared ? " of all threads of " : " of ")
            + plan.subject();
    if (shared) {
      program
          .call(purpose, Nr.SYS_rt_sigqueueinfo)
          .arg(plan.pid())
          .arg(signo)
          .arg(program.bytes(siginfo));
    } else {
      program
          .call(purpose, Nr.SYS_rt_tgsigqueueinfo)
          .arg(plan.pid())
          .arg(plan.tid())
          .arg(signo)
          .arg(program.bytes(siginfo));
    }
  }

  private static int signo(byte[] siginfo) {
    return ByteBuffer.wrap(siginfo).order(ByteOrder.LITTLE_ENDIAN).getInt(Siginfo.si_signo);
  }
}
