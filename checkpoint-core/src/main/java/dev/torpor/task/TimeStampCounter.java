// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Whether a thread gets SIGSEGV for reading the time stamp counter, PR_SET_TSC. Returned late: with
 * it the vdso gives no time either.
 */
public final class TimeStampCounter implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data mode = questions.reserve(Integer.BYTES);
    questions
        .call("reading whether the time stamp counter can be read", Nr.SYS_prctl)
        .arg(Prctl.PR_GET_TSC)
        .arg(mode);
    return (core, answers) -> {
      if (answers.getInt(mode, 0) == Prctl.PR_TSC_SIGSEGV) {
        core.thread().number(thread_core_entry.TSC_FAULTS_FIELD_NUMBER, 1);
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (core.getThreadCore().getTscFaults()) {
      plan.at(
          Step.SECCOMP,
          program ->
              program
                  .call("forbidding to read the time stamp counter in ", plan, Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_TSC)
                  .arg(Prctl.PR_TSC_SIGSEGV));
    }
  }
}
