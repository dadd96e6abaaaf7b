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
 * The word that the kernel clears and wakes when a thread ends, set_tid_address(2); pthread_join
 * waits for it.
 */
public final class ClearTid implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data address = questions.reserve(Long.BYTES);
    questions.call("reading TID address", Nr.SYS_prctl).arg(Prctl.PR_GET_TID_ADDRESS).arg(address);
    return (core, answers) -> core.clearTidAddress(answers.getLong(address, 0));
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    long address = core.getThreadInfo().getClearTidAddr();
    plan.at(
        Step.THREAD,
        program ->
            program.call("restoring TID address of ", plan, Nr.SYS_set_tid_address).arg(address));
  }
}
