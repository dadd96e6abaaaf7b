// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;

/**
 * How readily the kernel kills a task when memory runs out, proc_pid_oom_score_adj(5). Lowering it
 * below what the restore runs under takes CAP_SYS_RESOURCE; without it the restore goes on, as
 * CRIU's does.
 */
public final class OomScoreAdj implements ThreadRoom {
  private static final String FILE = "oom_score_adj";

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    String path = thread.proc().path(thread.pid(), FILE);
    String text = ProcFs.text(path).trim();
    try {
      int value = Integer.parseInt(text);
      return (core, answers) -> core.task().setOomScoreAdj(value);
    } catch (NumberFormatException e) {
      throw new ProcException(path, text, "a number");
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().hasOomScoreAdj()) {
      String value = Integer.toString(core.getTc().getOomScoreAdj());
      int procFd = plan.facts().get(ProcDescriptor.class).number();
      String purpose = "restoring " + FILE + " " + value + " of " + plan.subject();
      plan.at(
          Step.THREAD,
          program -> ProcWrite.append(purpose, procFd, "self/" + FILE, value, false, program));
    }
  }
}
