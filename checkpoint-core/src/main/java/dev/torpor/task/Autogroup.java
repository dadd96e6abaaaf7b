// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.File;

/**
 * The nice value of a session beside other sessions, /proc/PID/autogroup in sched(7). setsid(2)
 * makes the group, so a restored session has one of its own. The leader of a session tells its
 * value; if it has ended, each of those that it has left does.
 */
public final class Autogroup implements ThreadRoom {
  private static final String FILE = "autogroup";
  private static final String KEY = " nice ";

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    int nice = thread.isLeader() && speaksForSession(thread) ? nice(thread) : 0;
    return (core, answers) -> {
      if (nice != 0) {
        core.task().setAutogroupNice(nice);
      }
    };
  }

  private static boolean speaksForSession(ThreadState thread) {
    int session = thread.stat().sid();
    return session == thread.pid()
        || (session != 0 && !new File(thread.proc().root() + "/" + session).exists());
  }

  /** {@code /autogroup-42 nice 4}; nothing where the kernel makes none, or makes them no more. */
  private static int nice(ThreadState thread) {
    String path = thread.proc().path(thread.pid(), FILE);
    String text;
    try {
      text = ProcFs.text(path).trim();
    } catch (ProcException e) {
      // No CONFIG_SCHED_AUTOGROUP.
      return 0;
    }
    int at = text.indexOf(KEY);
    try {
      return at < 0 ? 0 : Integer.parseInt(text.substring(at + KEY.length()));
    } catch (NumberFormatException e) {
      throw new ProcException(path, text, "/autogroup-N nice N");
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().hasAutogroupNice()) {
      String value = Integer.toString(core.getTc().getAutogroupNice());
      int procFd = plan.facts().get(ProcDescriptor.class).number();
      String purpose = "restoring " + FILE + " nice value " + value + " of " + plan.subject();
      plan.at(
          Step.THREAD,
          program -> ProcWrite.append(purpose, procFd, "self/" + FILE, value, false, program));
    }
  }
}
