// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;

/**
 * Blocked signals of a thread. A leader's are in its task entry, those of other threads in their
 * thread entry. For a thread inside sigsuspend(2) or ppoll(2) PTRACE_GETSIGMASK gives the mask that
 * the call will put back, which is the one to return: the interrupted call sets its own again.
 *
 * <p>The mask returns together with the registers ({@link #of}); calls for it in the thread's own
 * program would let handlers run in the middle of the restore.
 */
public final class SignalMask implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      return (core, answers) -> {};
    }
    if (thread.isLeader()) {
      return (core, answers) -> core.task().setBlkSigset(thread.sigmask());
    }
    return (core, answers) ->
        core.thread().number(thread_core_entry.BLK_SIGSET_FIELD_NUMBER, thread.sigmask());
  }

  /** The mask to return to; bit n-1 stands for signal n. */
  public static long of(core_entry core) {
    return core.hasTc() ? core.getTc().getBlkSigset() : core.getThreadCore().getBlkSigset();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // Returned with the registers.
  }
}
