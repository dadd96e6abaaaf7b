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
 * Who logged in to start a task, for the audit log, proc_pid_loginuid(5). The file is there if the
 * kernel has CONFIG_AUDIT. A value once set is changed with CAP_AUDIT_CONTROL only.
 */
public final class LoginUid implements ThreadRoom {
  private static final String FILE = "loginuid";

  /** Nobody logged in. */
  private static final int UNSET = -1;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    String path = thread.proc().path(thread.pid(), FILE);
    if (!new File(path).exists()) {
      return (core, answers) -> {};
    }
    String text = ProcFs.text(path).trim();
    try {
      int uid = Integer.parseUnsignedInt(text);
      return (core, answers) -> core.task().setLoginuid(uid);
    } catch (NumberFormatException e) {
      throw new ProcException(path, text, "a uid");
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().hasLoginuid() && core.getTc().getLoginuid() != UNSET) {
      String value = Integer.toUnsignedString(core.getTc().getLoginuid());
      int procFd = plan.facts().get(ProcDescriptor.class).number();
      String purpose = "restoring " + FILE + " " + value + " of " + plan.subject();
      plan.at(
          Step.THREAD,
          program -> ProcWrite.append(purpose, procFd, "self/" + FILE, value, true, program));
    }
  }
}
