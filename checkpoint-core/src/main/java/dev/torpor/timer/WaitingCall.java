// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.waiting_call_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.TrappedTask;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Time.Timespec;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A call that waits for some time, and goes on to wait for what is left of it. {@link WaitingCalls}
 * sees how much; images of CRIU have no place for it, and their registers let the call fail with
 * EINTR.
 *
 * <p>A thread comes back by making the same call with the time that is left, interrupted at once:
 * so the kernel keeps what it needs to go on. Then it gets its registers, in which it is in that
 * call, and the kernel makes restart_syscall(2) of it, as behind any stop: no argument that the
 * program can see is changed.
 */
public final class WaitingCall implements ThreadRoom {
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_PER_MILLISECOND = 1_000_000;

  @Override
  public void refuse(ThreadState thread) {
    TraceeMemory memory = thread.facts().get(TraceeMemory.class);
    if (!memory.isPrepared() && mayWait(thread)) {
      memory.prepare();
    }
  }

  /** Whether a running thread is in a call of which only the kernel knows how long it waits. */
  private static boolean mayWait(ThreadState thread) {
    try {
      String call = thread.proc().text(thread.pid(), "task/" + thread.tid() + "/syscall");
      for (int nr :
          new int[] {
            Nr.SYS_nanosleep,
            Nr.SYS_clock_nanosleep,
            Nr.SYS_poll,
            Nr.SYS_futex,
            Nr.SYS_restart_syscall
          }) {
        if (call.startsWith(nr + " ")) {
          return true;
        }
      }
      return false;
    } catch (ProcException e) {
      // It has ended, or must not be traced, of which others tell.
      return false;
    }
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.stopped()) {
      refuse(thread);
    }
    return (core, answers) -> {
      if (thread.waiting() != null) {
        core.thread().embedded(thread_core_entry.WAITING_CALL_FIELD_NUMBER, thread.waiting());
      }
    };
  }

  /** The call, as it is made when all else is there. */
  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!core.getThreadCore().hasWaitingCall()) {
      return;
    }
    waiting_call_entry entry = core.getThreadCore().getWaitingCall();
    int time = timeArgument(entry, plan);
    if (entry.getArgsCount() <= time || entry.getLeftNs() < 0) {
      throw ImageException.contradiction(plan.subject(), "what it waits for is not complete");
    }
    Data timespec = plan.program().reserve(Timespec.SIZEOF);
    plan.waitsIn(entry.getNr(), thread -> begin(entry, time, timespec, thread));
  }

  private static int timeArgument(waiting_call_entry entry, ThreadPlan plan) {
    return switch (entry.getNr()) {
      case Nr.SYS_clock_nanosleep, Nr.SYS_poll -> 2;
      case Nr.SYS_futex -> 3;
      default ->
          throw ImageException.contradiction(
              plan.subject(), "it waits in call " + entry.getNr() + ", which does not go on");
    };
  }

  private static long begin(waiting_call_entry entry, int time, Data timespec, TrappedTask thread) {
    long left = entry.getLeftNs();
    long[] args = new long[entry.getArgsCount()];
    for (int i = 0; i < args.length; i++) {
      args[i] = entry.getArgs(i);
    }
    if (entry.getNr() == Nr.SYS_poll) {
      args[time] =
          Math.min((left + NANOS_PER_MILLISECOND - 1) / NANOS_PER_MILLISECOND, Integer.MAX_VALUE);
    } else {
      byte[] content = new byte[Timespec.SIZEOF];
      ByteBuffer.wrap(content)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(Timespec.tv_sec, left / NANOS_PER_SECOND)
          .putLong(Timespec.tv_nsec, left % NANOS_PER_SECOND);
      args[time] = thread.put(timespec, content, content.length);
    }
    return thread.callInterrupted(entry.getNr(), args);
  }
}
