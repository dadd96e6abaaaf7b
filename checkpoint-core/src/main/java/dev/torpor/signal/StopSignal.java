// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Siginfo;
import dev.torpor.linux.Signal;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadEntry;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;

/**
 * Which signal stopped a task that is in a group stop. A stop of PTRACE_SEIZE reports it; for a
 * task that ran the same stop reports SIGTRAP.
 *
 * <p>A child stops by itself in the restore, so that its parent can be told of it, or have been
 * told ({@code StopReports}). Whoever lets the root go sends it {@link #of} then.
 */
public final class StopSignal implements ThreadRoom {
  /** TASK_STOPPED of CRIU's images. */
  public static final int TASK_STOPPED = 3;

  private static final int EVENT_SHIFT = 8;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader() || !thread.stopped()) {
      return (core, answers) -> {};
    }
    int signo = groupStop(thread.tid());
    if (signo == 0) {
      return (core, answers) -> {};
    }
    boolean reported = wasReported(thread);
    return (core, answers) -> {
      core.task().setStopSigno(signo);
      if (reported) {
        core.task().setStopReported(true);
      }
    };
  }

  /** The kernel keeps the signal for the parent's wait(2), which takes it. */
  private static boolean wasReported(ThreadState thread) {
    return thread.proc().processStat(thread.pid()).exitCode() == 0;
  }

  /**
   * The signal of the group stop that a thread is in, 0 if it is in none.
   *
   * @param tid a thread that has not moved since its PTRACE_EVENT_STOP
   */
  public static int groupStop(int tid) {
    try (NativeMemory siginfo = NativeMemory.allocate(Siginfo.SI_MAX_SIZE)) {
      Ptrace.getSiginfo(tid, siginfo);
      int signo = siginfo.getInt(Siginfo.si_signo);
      boolean event = siginfo.getInt(Siginfo.si_code) >> EVENT_SHIFT == Ptrace.PTRACE_EVENT_STOP;
      return event && signo != Signal.SIGTRAP ? signo : 0;
    }
  }

  /** The signal that stops the restored task, 0 if it runs; older images do not name it. */
  public static int of(core_entry leader) {
    int state = leader.getTc().getTaskState();
    boolean isNamed = leader.getTc().hasStopSigno();
    if (state == TASK_STOPPED || (state == ThreadEntry.OUTLIVED && isNamed)) {
      return isNamed ? leader.getTc().getStopSigno() : Signal.SIGSTOP;
    }
    return 0;
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // Where it stands in the tree decides when.
  }
}
