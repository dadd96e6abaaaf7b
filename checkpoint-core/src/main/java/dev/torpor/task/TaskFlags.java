// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.plan.ThreadPlan;

/**
 * The PF_ flags of a task, as /proc/PID/stat shows them. Images require them; nobody returns them,
 * the kernel sets each when its cause is there.
 */
public final class TaskFlags implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    int flags = (int) thread.stat().flags();
    return (core, answers) -> core.task().setFlags(flags);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // For information only.
  }
}
