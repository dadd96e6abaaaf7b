// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Futex;
import dev.torpor.linux.Futex.RobustListHead;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Ptrace;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/** The list of futexes that a thread holds and that its end must free, get_robust_list(2). */
public final class RobustList implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    long[] list = list(thread);
    return (core, answers) ->
        core.thread()
            .number(thread_core_entry.FUTEX_RLA_FIELD_NUMBER, list[0])
            .number(thread_core_entry.FUTEX_RLA_LEN_FIELD_NUMBER, (int) list[1]);
  }

  private static long[] list(ThreadState thread) {
    try {
      return Futex.getRobustList(thread.tid());
    } catch (ErrnoException e) {
      throw new DumpException("cannot read robust list of " + thread.subject(), e.errno(), e);
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    thread_core_entry entry = core.getThreadCore();
    if (entry.getFutexRlaLen() != 0) {
      plan.at(
          Step.THREAD,
          program ->
              program
                  .call("restoring robust list of ", plan, Nr.SYS_set_robust_list)
                  .arg(entry.getFutexRla())
                  .arg(entry.getFutexRlaLen()));
    }
  }

  /** The list of a thread that has something in it. */
  public static final class Held {
    private final int tid;
    private final long head;

    private Held(int tid, long head) {
      this.tid = tid;
      this.head = head;
    }

    /**
     * Empties it in the thread's memory, for a thread that is about to be killed and is to come
     * back: what it holds in memory that it shares with tasks outside of its tree stays held, and
     * no one there is told that the owner has died.
     */
    public void clear() {
      Ptrace.pokeData(tid, head + RobustListHead.list, head);
      Ptrace.pokeData(tid, head + RobustListHead.list_op_pending, 0);
    }
  }

  /**
   * What a stopped thread holds.
   *
   * @param tid of a thread that the caller traces
   * @return null for none: the list is empty, or the kernel could not read it either
   */
  public static Held heldBy(int tid) {
    long head = Futex.getRobustList(tid)[0];
    if (head == 0) {
      return null;
    }
    try {
      boolean isEmpty =
          Ptrace.peekData(tid, head + RobustListHead.list) == head
              && Ptrace.peekData(tid, head + RobustListHead.list_op_pending) == 0;
      return isEmpty ? null : new Held(tid, head);
    } catch (ErrnoException e) {
      if (e.is(Errno.EIO) || e.is(Errno.EFAULT)) {
        return null;
      }
      throw e;
    }
  }
}
