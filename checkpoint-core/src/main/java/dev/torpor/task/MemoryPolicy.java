// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.ThreadPlan;

/**
 * On which nodes of memory the pages of a thread are taken, set_mempolicy(2): refused if it is not
 * the default, since a restore has taken all pages before it could set one.
 */
public final class MemoryPolicy implements ThreadRoom {
  private static final int MPOL_DEFAULT = 0;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data mode = questions.reserve(Integer.BYTES);
    // A kernel without CONFIG_NUMA has no such call, and no policies.
    Op get =
        questions
            .call("reading the memory policy", Nr.SYS_get_mempolicy)
            .arg(mode)
            .arg(0)
            .arg(0)
            .arg(0)
            .arg(0)
            .expectAnything();
    return (core, answers) -> {
      int policy = answers.getInt(mode, 0);
      if (answers.result(get) == 0 && policy != MPOL_DEFAULT) {
        throw new UnsupportedException(
            thread.subject(),
            "it has memory policy "
                + policy
                + " (set_mempolicy), which images have no place for; start it without numactl, and"
                + " restrict it by a cpuset cgroup instead");
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // Nobody has one in images.
  }
}
