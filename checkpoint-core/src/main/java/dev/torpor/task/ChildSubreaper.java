// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Whether a task takes orphaned descendants as its children, PR_SET_CHILD_SUBREAPER. Returned late:
 * orphans of the restore itself are not for it. Children do not inherit it.
 */
public final class ChildSubreaper implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    Data value = questions.reserve(Integer.BYTES);
    questions
        .call("reading child subreaper", Nr.SYS_prctl)
        .arg(Prctl.PR_GET_CHILD_SUBREAPER)
        .arg(value);
    return (core, answers) -> core.task().setChildSubreaper(answers.getInt(value, 0) != 0);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().getChildSubreaper()) {
      plan.at(
          Step.ARM,
          program ->
              program
                  .call("making " + plan.subject() + " a child subreaper", Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_CHILD_SUBREAPER)
                  .arg(1));
    }
  }
}
