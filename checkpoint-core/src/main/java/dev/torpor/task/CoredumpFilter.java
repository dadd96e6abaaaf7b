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
 * Which kinds of mappings a core dump of a task has, /proc/PID/coredump_filter in core(5). Children
 * inherit it; a JVM changes its own when it starts.
 */
public final class CoredumpFilter implements ThreadRoom {
  private static final String FILE = "coredump_filter";

  /** MMF_DUMP_FILTER_DEFAULT of the kernel. */
  private static final int USUAL = 0x33;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    int filter = read(thread.proc().path(thread.pid(), FILE));
    return (core, answers) -> {
      if (filter != USUAL) {
        core.task().setCoredumpFilter(filter);
      }
    };
  }

  private static int read(String path) {
    String text = ProcFs.text(path).trim();
    try {
      return Integer.parseUnsignedInt(text, 16);
    } catch (NumberFormatException e) {
      throw new ProcException(path, text, "a hexadecimal number");
    }
  }

  /**
   * Appends what gives a task, and those that it starts, what the kernel begins with.
   *
   * @param procFd descriptor of /proc
   */
  public static void reset(int procFd, Program program) {
    String value = "0x" + Integer.toHexString(USUAL);
    String purpose = "leaving the launcher's " + FILE;
    ProcWrite.append(purpose, procFd, "self/" + FILE, value, true, program);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().hasCoredumpFilter()) {
      String value = "0x" + Integer.toHexString(core.getTc().getCoredumpFilter());
      int procFd = plan.facts().get(ProcDescriptor.class).number();
      String purpose = "restoring " + FILE + " " + value + " of " + plan.subject();
      plan.at(
          Step.THREAD,
          program -> ProcWrite.append(purpose, procFd, "self/" + FILE, value, true, program));
    }
  }
}
