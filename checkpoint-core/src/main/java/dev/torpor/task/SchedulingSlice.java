// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Sched.SchedAttr;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * How long a thread without a real-time policy runs before others get their turn, sched_setattr(2)
 * with sched_runtime, since Linux 6.12. The kernel gives its own default for those who have set
 * nothing, so what this thread has tells them apart.
 */
public final class SchedulingSlice implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    long slice = slice(thread.tid(), thread.subject());
    if (slice == 0 || slice == slice(Unistd.gettid(), "the dumper")) {
      return (core, answers) -> {};
    }
    return (core, answers) ->
        core.thread().number(thread_core_entry.SCHED_SLICE_NS_FIELD_NUMBER, slice);
  }

  /** In nanoseconds; 0 if it has none. */
  private static long slice(int tid, String subject) {
    try (NativeMemory attr = NativeMemory.allocate(SchedAttr.SIZEOF)) {
      Sched.getAttr(tid, attr);
      int policy = attr.getInt(SchedAttr.sched_policy);
      boolean fair = policy == Sched.SCHED_NORMAL || policy == Sched.SCHED_BATCH;
      return fair ? attr.getLong(SchedAttr.sched_runtime) : 0;
    } catch (ErrnoException e) {
      throw new DumpException("cannot read scheduling of " + subject, e.errno(), e);
    }
  }

  /** Behind policy and nice, which it leaves as they are. */
  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    thread_core_entry entry = core.getThreadCore();
    if (entry.hasSchedSliceNs()) {
      int policy = entry.getSchedPolicy();
      plan.at(
          Step.THREAD,
          program ->
              program
                  .call(
                      "restoring slice " + entry.getSchedSliceNs() + " of " + plan.subject(),
                      Nr.SYS_sched_setattr)
                  .arg(0)
                  .arg(
                      program
                          .reserve(SchedAttr.SIZEOF)
                          .putInt(SchedAttr.size, SchedAttr.SIZEOF)
                          .putInt(SchedAttr.sched_policy, policy & ~Sched.SCHED_RESET_ON_FORK)
                          .putLong(
                              SchedAttr.sched_flags,
                              (policy & Sched.SCHED_RESET_ON_FORK) == 0
                                  ? 0
                                  : Sched.SCHED_FLAG_RESET_ON_FORK)
                          .putInt(SchedAttr.sched_nice, entry.getSchedNice())
                          .putLong(SchedAttr.sched_runtime, entry.getSchedSliceNs()))
                  .arg(0));
    }
  }
}
