// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;

/**
 * The signal a thread gets when the thread that is its parent ends, prctl(PR_SET_PDEATHSIG). A
 * change of identity clears it, so it comes after that.
 */
public final class ParentDeathSignal implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data signo = questions.reserve(Integer.BYTES);
    questions
        .call("reading parent death signal", Nr.SYS_prctl)
        .arg(Prctl.PR_GET_PDEATHSIG)
        .arg(signo);
    return (core, answers) -> {
      if (answers.getInt(signo, 0) != 0) {
        core.thread().number(thread_core_entry.PDEATH_SIG_FIELD_NUMBER, answers.getInt(signo, 0));
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    int signo = core.getThreadCore().getPdeathSig();
    if (signo != 0) {
      plan.at(
          Step.CREDENTIALS,
          program ->
              program
                  .call(
                      "restoring parent death signal "
                          + SignalName.of(signo)
                          + " of "
                          + plan.subject(),
                      Nr.SYS_prctl)
                  .arg(Prctl.PR_SET_PDEATHSIG)
                  .arg(signo));
    }
  }
}
