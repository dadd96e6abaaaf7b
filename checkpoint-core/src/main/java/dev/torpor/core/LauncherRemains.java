// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.Word;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Signal;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.CoredumpFilter;
import dev.torpor.task.MemoryPolicy;
import dev.torpor.task.TimerSlack;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * What the first task has of the launcher, and gives up: memory, descriptors, the chance to be
 * interrupted by a signal.
 */
final class LauncherRemains {
  /** ~0U: close_range(2) takes it for the highest there is. */
  private static final int LAST_DESCRIPTOR = -1;

  /** As many as any kernel is built for on x86-64: 8192. */
  private static final int ALL_CPUS_BYTES = 1024;

  private static final long TASK_SIZE = 0x7fff_ffff_f000L;

  private final Stages stages;
  private final Word go;

  /**
   * Plans for a root task.
   *
   * @param stages where the stage is, which stays
   * @param go what the task waits for first
   */
  LauncherRemains(Stages stages, Word go) {
    this.stages = stages;
    this.go = go;
  }

  /**
   * Puts the calls into the root task's plan.
   *
   * @param given numbers of the caller's that stay open
   * @param own descriptors that the launcher opens for the plan, that of /proc first
   * @param files knows the numbers that are kept for others
   */
  void plan(
      ThreadPlan root, Supplier<Set<Integer>> given, List<ServiceFd> own, FilesPlanner files) {
    root.at(Step.CLEAR, this::clear);
    root.at(
        Step.CLEAR,
        program -> {
          CoredumpFilter.reset(own.get(0).number(), program);
          close(program, given.get(), own);
          keep(program, own, files.reserved());
        });
  }

  /** Nothing of the launcher stays but the kernel's areas. */
  private void clear(Program program) {
    program.waitFor("waiting for Torpor", go, 1);
    Data all = program.reserve(Signal.SIGSET_BYTES).putLong(0, -1);
    program
        .call("blocking signals", Nr.SYS_rt_sigprocmask)
        .arg(Signal.SIG_SETMASK)
        .arg(all)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
    reset(program);
    stages.kernelAreas().park(program);
    unmap(program, 0, stages.first());
    unmap(program, stages.end(), TASK_SIZE);
  }

  /** What images tell only where it is not what the kernel begins with. */
  private static void reset(Program program) {
    byte[] all = new byte[ALL_CPUS_BYTES];
    Arrays.fill(all, (byte) -1);
    program
        .call("leaving the launcher's processors", Nr.SYS_sched_setaffinity)
        .arg(0)
        .arg(all.length)
        .arg(program.bytes(all));
    program
        .call("leaving the launcher's I/O priority", Nr.SYS_ioprio_set)
        .arg(Resource.IOPRIO_WHO_PROCESS)
        .arg(0)
        .arg(0);
    program
        .call("leaving the launcher's timer slack", Nr.SYS_prctl)
        .arg(Prctl.PR_SET_TIMERSLACK)
        .arg(TimerSlack.USUAL_NANOS);
    MemoryPolicy.reset(program);
  }

  private static void unmap(Program program, long start, long end) {
    program.call("unmapping the launcher", Nr.SYS_munmap).arg(start).arg(end - start);
  }

  private static void close(Program program, Set<Integer> given, List<ServiceFd> own) {
    SortedSet<Integer> kept = new TreeSet<>(given);
    for (ServiceFd fd : own) {
      kept.add(fd.number());
    }
    int first = 0;
    for (int fd : kept) {
      closeRange(program, first, fd - 1);
      first = fd + 1;
    }
    closeRange(program, first, LAST_DESCRIPTOR);
  }

  private static void keep(Program program, List<ServiceFd> own, List<ServiceFd> reserved) {
    for (ServiceFd fd : reserved) {
      if (!own.contains(fd)) {
        // Or what the mounts are made with could come to be at its number.
        program
            .call("keeping a descriptor's number", Nr.SYS_dup3)
            .arg(own.get(0).number())
            .arg(fd.number())
            .arg(Fcntl.O_CLOEXEC);
      }
    }
  }

  /** Each task, when it is done: closes the plan's own descriptors, which begin at a number. */
  static void planClose(ThreadPlan task, ServiceFd first) {
    task.at(Step.CLOSE, program -> closeRange(program, first.number(), LAST_DESCRIPTOR));
  }

  private static void closeRange(Program program, int first, int last) {
    if (first != last + 1) {
      program
          .call("closing the launcher's descriptors", Nr.SYS_close_range)
          .arg(first)
          .arg(Integer.toUnsignedLong(last))
          .arg(0);
    }
  }
}
