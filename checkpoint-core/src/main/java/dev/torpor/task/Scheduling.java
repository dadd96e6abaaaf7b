// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Syscall;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * Scheduling policy, real-time priority and nice value of a thread, sched(7). The nice value is
 * kept for real-time threads too: it counts again when they leave their policy.
 */
public final class Scheduling implements ThreadRoom {
  private static final int MIN_NICE = -20;
  private static final int MAX_NICE = 19;
  private static final int MAX_RT_PRIORITY = 99;

  @Override
  public void refuse(ThreadState thread) {
    policy(thread);
  }

  private static int policy(ThreadState thread) {
    int policy = (int) call("sched_getscheduler", Nr.SYS_sched_getscheduler, thread.tid(), 0);
    check(policy, thread.subject());
    return policy;
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    int tid = thread.tid();
    int policy = policy(thread);
    int priority = isRealTime(policy) ? priority(tid) : 0;
    int nice = nice(tid);
    return (core, answers) -> {
      core.thread()
          .number(thread_core_entry.SCHED_POLICY_FIELD_NUMBER, policy)
          .signed(thread_core_entry.SCHED_NICE_FIELD_NUMBER, nice);
      if (isRealTime(policy)) {
        core.thread().number(thread_core_entry.SCHED_PRIO_FIELD_NUMBER, priority);
      }
    };
  }

  private static int priority(int tid) {
    try (NativeMemory param = NativeMemory.allocate(Integer.BYTES)) {
      call("sched_getparam", Nr.SYS_sched_getparam, tid, param.address());
      return param.getInt(0);
    }
  }

  private static long call(String name, int nr, int tid, long address) {
    return checked(name, tid, Syscall.raw(nr, tid, address));
  }

  private static int nice(int tid) {
    // The system call, unlike the C library's function, gives 20 less the value: 1 to 40.
    long result = Syscall.raw(Nr.SYS_getpriority, Resource.PRIO_PROCESS, tid);
    return MAX_NICE + 1 - (int) checked("getpriority", tid, result);
  }

  private static long checked(String name, int tid, long result) {
    if (Syscall.failed(result)) {
      throw new DumpException(
          "cannot read scheduling of thread " + tid,
          (int) -result,
          new ErrnoException(name, String.valueOf(tid), (int) -result));
    }
    return result;
  }

  private static boolean isRealTime(int policy) {
    int plain = policy & ~Sched.SCHED_RESET_ON_FORK;
    return plain == Sched.SCHED_FIFO || plain == Sched.SCHED_RR;
  }

  private static void check(int policy, String subject) {
    switch (policy & ~Sched.SCHED_RESET_ON_FORK) {
      case Sched.SCHED_NORMAL,
          Sched.SCHED_FIFO,
          Sched.SCHED_RR,
          Sched.SCHED_BATCH,
          Sched.SCHED_IDLE -> {
        // Carried.
      }
      default ->
          throw new UnsupportedException(
              subject,
              "scheduling policy "
                  + policy
                  + " (SCHED_DEADLINE is 6, SCHED_EXT is 7) has no place in images; give it another"
                  + " before the dump");
    }
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    thread_core_entry entry = core.getThreadCore();
    if (!entry.hasSchedPolicy()) {
      return;
    }
    int policy = entry.getSchedPolicy();
    int nice = entry.getSchedNice();
    int priority = entry.getSchedPrio();
    check(policy, plan.subject());
    boolean priorityFits =
        isRealTime(policy) ? priority > 0 && priority <= MAX_RT_PRIORITY : priority == 0;
    if (!priorityFits || nice < MIN_NICE || nice > MAX_NICE) {
      throw ImageException.contradiction(
          "scheduling of " + plan.subject(),
          "policy " + policy + ", priority " + priority + ", nice " + nice);
    }
    plan.at(
        Step.THREAD,
        program -> {
          program
              .call("restoring nice " + nice + " of " + plan.subject(), Nr.SYS_setpriority)
              .arg(Resource.PRIO_PROCESS)
              .arg(0)
              .arg(nice);
          program
              .call(
                  "restoring scheduling policy " + policy + " of " + plan.subject(),
                  Nr.SYS_sched_setscheduler)
              .arg(0)
              .arg(policy)
              .arg(program.reserve(Integer.BYTES).putInt(0, priority));
        });
  }
}
