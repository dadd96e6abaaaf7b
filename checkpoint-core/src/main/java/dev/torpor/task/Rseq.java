// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.rseq_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.RseqCriticalSection;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Registration of restartable sequences, rseq(2); PTRACE_GET_RSEQ_CONFIGURATION since Linux 5.13.
 * The registers of a thread inside a critical section go on at its abort handler, see {@link
 * RseqCriticalSection#resumeIp}.
 *
 * <p>A leader inherits the registration of the process it was forked from, and can have only one:
 * that one must be gone before.
 */
public final class Rseq implements ThreadRoom {
  private static final int EXPECTED_BYTES = 32;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      return (core, answers) -> {};
    }
    return (core, answers) ->
        core.thread().embedded(thread_core_entry.RSEQ_ENTRY_FIELD_NUMBER, entry(thread.critical()));
  }

  private static FieldWriter entry(RseqCriticalSection section) {
    FieldWriter entry =
        new FieldWriter(EXPECTED_BYTES)
            .number(rseq_entry.RSEQ_ABI_POINTER_FIELD_NUMBER, section.area())
            .number(rseq_entry.RSEQ_ABI_SIZE_FIELD_NUMBER, section.areaBytes())
            .number(rseq_entry.SIGNATURE_FIELD_NUMBER, section.signature());
    if (section.ignoresSignals()) {
      entry.number(rseq_entry.RSEQ_CS_POINTER_FIELD_NUMBER, section.pointer());
    }
    return entry;
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    rseq_entry entry = core.getThreadCore().getRseqEntry();
    if (entry.getRseqCsPointer() != 0) {
      throw new UnsupportedException(
          plan.subject(),
          "it was inside a restartable sequence with RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL, which Linux"
              + " 6.1 and later refuse");
    }
    if (entry.getRseqAbiPointer() != 0) {
      plan.at(
          Step.THREAD,
          program ->
              program
                  .call("restoring rseq registration of ", plan, Nr.SYS_rseq)
                  .arg(entry.getRseqAbiPointer())
                  .arg(Integer.toUnsignedLong(entry.getRseqAbiSize()))
                  .arg(0)
                  .arg(Integer.toUnsignedLong(entry.getSignature())));
    }
  }
}
