// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import dev.torpor.task.Warnings;
import dev.torpor.timer.TraceeMemory;

/**
 * Whether what a task maps later is locked, mlockall(2) with MCL_FUTURE. Only the kernel's memory
 * tells it, which is looked at for tasks that have locked anything.
 */
public final class LockedMemory implements ThreadRoom {
  /** VM_LOCKED and VM_LOCKONFAULT of include/linux/mm.h. */
  private static final long LOCKED = 0x2000;

  private static final long LOCKED_ON_FAULT = 0x80000;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader() || thread.status().number("VmLck") == 0) {
      return (core, answers) -> {};
    }
    TraceeMemory memory = thread.facts().get(TraceeMemory.class);
    if (!thread.stopped()) {
      memory.prepare();
      return (core, answers) -> {};
    }
    Long flags = memory.flagsOfLaterMappings(thread.pid());
    if (flags == null) {
      thread
          .facts()
          .get(Warnings.class)
          .add(
              thread.subject()
                  + " has locked memory; whether what it maps later is to be locked too (MCL_FUTURE),"
                  + " only BPF tells, which is not permitted: it will not be");
    }
    return (core, answers) -> {
      if (flags != null && (flags & LOCKED) != 0) {
        boolean onFault = (flags & LOCKED_ON_FAULT) != 0;
        core.task().setMlockall(Mman.MCL_FUTURE | (onFault ? Mman.MCL_ONFAULT : 0));
      }
    };
  }

  /** When all is mapped. */
  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (plan.isLeader() && core.getTc().hasMlockall()) {
      int flags = core.getTc().getMlockall() & (Mman.MCL_FUTURE | Mman.MCL_ONFAULT);
      plan.at(
          Step.MM,
          program -> program.call("restoring mlockall of ", plan, Nr.SYS_mlockall).arg(flags));
    }
  }
}
