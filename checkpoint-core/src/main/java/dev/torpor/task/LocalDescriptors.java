// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.ThreadPlan;

/** Segment descriptors of a task's own, modify_ldt(2): refused. */
public final class LocalDescriptors implements ThreadRoom {
  private static final int READ_LDT = 0;
  private static final int DESCRIPTOR_BYTES = 8;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    Data first = questions.reserve(DESCRIPTOR_BYTES);
    // A kernel without CONFIG_MODIFY_LDT_SYSCALL has no such call.
    Op bytes =
        questions
            .call("reading the local descriptor table", Nr.SYS_modify_ldt)
            .arg(READ_LDT)
            .arg(first)
            .arg(DESCRIPTOR_BYTES)
            .expectAnything();
    return (core, answers) -> {
      // The kernel gives an int: an error is not negative as a long.
      if ((int) answers.result(bytes) > 0) {
        throw new UnsupportedException(
            thread.subject(),
            "it has segment descriptors of its own (modify_ldt), which images have no place for;"
                + " let it end");
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // A task has none when it begins.
  }
}
