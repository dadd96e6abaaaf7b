// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.core.DumpException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/** The list of futexes that a thread holds and that its end must free, get_robust_list(2). */
public final class RobustList implements ThreadRoom {
  @Override
  public Capture ask(ThreadState thread, Program questions) {
    try (NativeMemory words = NativeMemory.allocate(2 * Long.BYTES)) {
      long result =
          Syscall.raw(
              Nr.SYS_get_robust_list, thread.tid(), words.address(), words.address(Long.BYTES));
      if (Syscall.failed(result)) {
        throw new DumpException(
            "cannot read robust list of " + thread.subject(),
            (int) -result,
            new ErrnoException("get_robust_list", String.valueOf(thread.tid()), (int) -result));
      }
      long head = words.getLong(0);
      int lengthBytes = (int) words.getLong(Long.BYTES);
      return (core, answers) ->
          core.getThreadCoreBuilder().setFutexRla(head).setFutexRlaLen(lengthBytes);
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    thread_core_entry entry = core.getThreadCore();
    if (entry.getFutexRlaLen() != 0) {
      plan.at(
          Step.THREAD,
          program ->
              program
                  .call("restoring robust list of " + plan.subject(), Nr.SYS_set_robust_list)
                  .arg(entry.getFutexRla())
                  .arg(entry.getFutexRlaLen()));
    }
  }
}
