// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/** The name of a thread, PR_SET_NAME: up to 15 bytes in any encoding. */
public final class Name implements ThreadRoom {
  // include/linux/sched.h
  private static final int TASK_COMM_LEN = 16;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    return (core, answers) -> {
      byte[] name = KernelString.encode(thread.status().comm());
      core.thread().bytes(thread_core_entry.COMM_FIELD_NUMBER, name);
      if (thread.isLeader()) {
        core.task().setCommBytes(ByteString.copyFrom(name));
      }
    };
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    ByteString name = plan.isLeader() ? core.getTc().getCommBytes() : nameOf(core, leader);
    plan.at(Step.THREAD, program -> call("restoring name of " + plan.subject(), name, program));
  }

  /** Appends the call that gives a thread its name. */
  public static void call(String purpose, ByteString name, Program program) {
    byte[] bytes = name.toByteArray();
    program
        .call(purpose, Nr.SYS_prctl)
        .arg(Prctl.PR_SET_NAME)
        .arg(program.reserve(Math.max(bytes.length + 1, TASK_COMM_LEN)).putBytes(0, bytes));
  }

  private static ByteString nameOf(core_entry core, core_entry leader) {
    boolean named = core.getThreadCore().hasComm();
    return named ? core.getThreadCore().getCommBytes() : leader.getTc().getCommBytes();
  }
}
