// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Whether a task may make memory executable that is, or was, writable, PR_SET_MDWE since Linux 6.3.
 * Nobody can take it back, so it returns when all mappings are there.
 */
public final class MemoryDenyWriteExecute implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    // The kernel wants to see that the others are 0.
    Op flags =
        questions
            .call("reading PR_GET_MDWE", Nr.SYS_prctl)
            .arg(Prctl.PR_GET_MDWE)
            .arg(0)
            .arg(0)
            .arg(0)
            .arg(0);
    return (core, answers) -> {
      if (answers.result(flags) != 0) {
        core.task().setMdwe((int) answers.result(flags));
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    int flags = core.getTc().getMdwe();
    if (plan.isLeader() && flags != 0) {
      plan.at(
          Step.SECCOMP,
          program ->
              program
                  .call("restoring PR_SET_MDWE of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_MDWE)
                  .arg(flags)
                  .arg(0)
                  .arg(0)
                  .arg(0));
    }
  }
}
