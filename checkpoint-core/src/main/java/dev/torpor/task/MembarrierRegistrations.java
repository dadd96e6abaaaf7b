// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Which expedited barriers a process has registered for, membarrier(2). Asking needs Linux 6.3.
 * They return before there are other threads: the kernel then need not wait for a grace period.
 */
public final class MembarrierRegistrations implements ThreadRoom {
  // include/uapi/linux/membarrier.h
  private static final int MEMBARRIER_CMD_GET_REGISTRATIONS = 1 << 9;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    Op registered =
        questions
            .call("reading membarrier registrations (since Linux 6.3)", Nr.SYS_membarrier)
            .arg(MEMBARRIER_CMD_GET_REGISTRATIONS);
    return (core, answers) -> {
      int mask = (int) answers.result(registered);
      if (mask != 0) {
        core.task().setMembarrierRegistrationMask(mask);
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader()) {
      return;
    }
    int mask = core.getTc().getMembarrierRegistrationMask();
    for (int left = mask; left != 0; left &= left - 1) {
      int command = Integer.lowestOneBit(left);
      plan.at(
          Step.MM,
          program ->
              program
                  .call(
                      "restoring membarrier registration 0x"
                          + Integer.toHexString(command)
                          + " of "
                          + plan.subject(),
                      Nr.SYS_membarrier)
                  .arg(command));
    }
  }
}
