// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import static dev.torpor.linux.Signal.SS_ONSTACK;

import dev.torpor.image.FieldWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_sas_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal.StackT;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;

/**
 * The stack that signal handlers of a thread run on, sigaltstack(2).
 *
 * <p>SS_ONSTACK is not a property: the kernel reports it when the caller's stack pointer lies in
 * the alternate stack. A thread that was stopped in such a handler gets it back with its stack
 * pointer.
 */
public final class AlternateStack implements ThreadRoom {
  private static final int EXPECTED_BYTES = 32;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data stack = questions.reserve(StackT.SIZEOF);
    questions.call("reading alternate stack", Nr.SYS_sigaltstack).arg(0).arg(stack);
    return (core, answers) ->
        core.thread()
            .embedded(
                thread_core_entry.SAS_FIELD_NUMBER,
                new FieldWriter(EXPECTED_BYTES)
                    .number(
                        thread_sas_entry.SS_SP_FIELD_NUMBER, answers.getLong(stack, StackT.ss_sp))
                    .number(
                        thread_sas_entry.SS_SIZE_FIELD_NUMBER,
                        answers.getLong(stack, StackT.ss_size))
                    .number(
                        thread_sas_entry.SS_FLAGS_FIELD_NUMBER,
                        answers.getInt(stack, StackT.ss_flags) & ~SS_ONSTACK));
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!core.getThreadCore().hasSas()) {
      return;
    }
    thread_sas_entry sas = core.getThreadCore().getSas();
    plan.at(
        Step.THREAD,
        program ->
            program
                .call("restoring alternate stack of ", plan, Nr.SYS_sigaltstack)
                .arg(
                    program
                        .reserve(StackT.SIZEOF)
                        .putLong(StackT.ss_sp, sas.getSsSp())
                        .putLong(StackT.ss_size, sas.getSsSize())
                        .putInt(StackT.ss_flags, sas.getSsFlags() & ~SS_ONSTACK))
                .arg(0));
  }
}
