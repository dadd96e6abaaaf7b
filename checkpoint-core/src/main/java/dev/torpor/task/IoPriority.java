// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Resource;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Class and level of a thread's I/O, ioprio_set(2). 0 is "as its nice value says". The real-time
 * class takes CAP_SYS_ADMIN or CAP_SYS_NICE.
 */
public final class IoPriority implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    int priority = priority(thread);
    return (core, answers) -> {
      if (priority != 0) {
        core.thread().number(thread_core_entry.IOPRIO_FIELD_NUMBER, priority);
      }
    };
  }

  private static int priority(ThreadState thread) {
    try {
      return Resource.getIoPriority(Resource.IOPRIO_WHO_PROCESS, thread.tid());
    } catch (ErrnoException e) {
      throw new DumpException("cannot read I/O priority of " + thread.subject(), e.errno(), e);
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    int priority = core.getThreadCore().getIoprio();
    if (priority != 0) {
      plan.at(
          Step.THREAD,
          program ->
              program
                  .call(
                      "restoring I/O priority 0x"
                          + Integer.toHexString(priority)
                          + " of "
                          + plan.subject(),
                      Nr.SYS_ioprio_set)
                  .arg(Resource.IOPRIO_WHO_PROCESS)
                  .arg(0)
                  .arg(priority));
    }
  }
}
