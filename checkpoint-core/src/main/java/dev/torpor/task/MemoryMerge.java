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
 * Whether the kernel may merge equal pages in all mappings of a task, those it will make too,
 * PR_SET_MEMORY_MERGE since Linux 6.4. Single mappings have MADV_MERGEABLE, which is theirs.
 */
public final class MemoryMerge implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    // The kernel wants to see that the others are 0. Without CONFIG_KSM it knows no such thing.
    Op merge =
        questions
            .call("reading PR_GET_MEMORY_MERGE", Nr.SYS_prctl)
            .arg(Prctl.PR_GET_MEMORY_MERGE)
            .arg(0)
            .arg(0)
            .arg(0)
            .arg(0)
            .expectAnything();
    return (core, answers) -> {
      if (answers.result(merge) == 1) {
        core.task().setMemoryMerge(true);
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().getMemoryMerge()) {
      plan.at(
          Step.MM,
          program ->
              program
                  .call("restoring PR_SET_MEMORY_MERGE of ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_MEMORY_MERGE)
                  .arg(1)
                  .arg(0)
                  .arg(0)
                  .arg(0)
                  .warnIfItFails());
    }
  }
}
