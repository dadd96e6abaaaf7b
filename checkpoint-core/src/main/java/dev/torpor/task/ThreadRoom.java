// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Program;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.room.Room;

/**
 * The room of something that every thread, or every thread group's leader, has: credentials, signal
 * actions, timers. Captured into the thread's {@code core_entry} and returned from it.
 */
public interface ThreadRoom extends Room {
  @Override
  default Owner owner() {
    return Owner.THREAD;
  }

  /**
   * Refuses what can be seen of a running thread that is no leader, by the checks that {@link #ask}
   * makes too: of many threads in the rehearsal no more is wanted.
   *
   * @throws dev.torpor.error.UnsupportedException for a state that cannot be carried
   * @throws dev.torpor.error.DumpException ESRCH if the thread has ended
   */
  default void refuse(ThreadState thread) {}

  /**
   * Whether {@link #ask} makes ptrace requests. They are for the platform thread that holds the
   * tree; without any, another may ask.
   */
  default boolean asksTracee(ThreadState thread) {
    return false;
  }

  /**
   * Looks from outside and appends the calls that only the thread itself can make.
   *
   * @param thread a stopped thread, or, in the rehearsal, a running leader, whose questions are
   *     never put: refusals belong here
   * @param questions run in the thread call by call; at most some hundred bytes of data
   * @return reads the answers
   * @throws dev.torpor.error.UnsupportedException for a state that cannot be carried
   */
  Capture ask(ThreadState thread, Program questions);

  /** The second half of a capture. */
  @FunctionalInterface
  interface Capture {
    /** Puts what was seen and answered into the image entry. */
    void into(ThreadEntry core, Answers answers);
  }

  /**
   * Plans the return.
   *
   * @param core the thread's image entry
   * @param leader the image entry of the thread group's leader; the same for the leader itself
   * @throws dev.torpor.error.UnsupportedException for an entry that Torpor cannot return
   */
  void plan(core_entry core, core_entry leader, ThreadPlan plan);
}
