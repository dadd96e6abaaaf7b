// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStatus;
import dev.torpor.signal.SignalName;
import dev.torpor.task.ExitSignal;
import dev.torpor.task.Task;
import dev.torpor.task.ThreadEntry;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.FutureTask;

/**
 * A main thread that has ended while other threads of its process go on (pthread_exit(3)).
 *
 * <p>It is a zombie that nobody can wait for; what a parent is told in the end is the exit code of
 * the last thread. Its image has what belongs to the process, but no registers. A restore makes the
 * process by it as by any other, and has it leave when all is there. CRIU refuses such a process,
 * and such an image for a state that it does not know.
 */
final class EndedLeader {
  private EndedLeader() {}

  /** Refuses one who had another identity than those who go on: a restore has theirs for both. */
  static void check(Task task, ProcFs proc) {
    if (!identity(proc.status(task.tgid(), task.tgid())).equals(identity(task.status()))) {
      throw new UnsupportedException(
          task.subject(),
          "its main thread has ended (pthread_exit(3)) with other credentials than thread "
              + task.pid()
              + " has, which is not carried; end it before the dump");
    }
  }

  private static String identity(TaskStatus status) {
    return status.lines("Uid", "Gid")
        + status.lines("Groups", "Groups")
        + status.lines("CapInh", "CapAmb");
  }

  /**
   * Makes the entry of the leader.
   *
   * @param survivor was asked in its place
   * @param deathSignal the signal that its process is to get when its parent ends, or 0
   */
  static CapturedThread captured(Task task, CapturedThread survivor, int deathSignal) {
    return new CapturedThread(
        survivor.tid(),
        task.imagePid(),
        new FutureTask<>(() -> entry(task, SecondThread.result(survivor.core()), deathSignal)));
  }

  private static CapturedThread.Core entry(
      Task task, CapturedThread.Core survivor, int deathSignal) {
    ThreadEntry entry = new ThreadEntry();
    entry
        .task()
        .mergeFrom(survivor.rest().task().build())
        .setExitCode(task.stat().exitCode())
        .setComm(task.stat().comm())
        .clearExitSignal();
    entry.outlived();
    ExitSignal.note(task.stat(), entry.task());
    entry
        .thread()
        .number(thread_core_entry.FUTEX_RLA_FIELD_NUMBER, 0L)
        .number(thread_core_entry.FUTEX_RLA_LEN_FIELD_NUMBER, 0);
    if (deathSignal != 0) {
      entry.thread().number(thread_core_entry.PDEATH_SIG_FIELD_NUMBER, deathSignal);
    }
    return new CapturedThread.Core(null, entry);
  }

  /** Whether the image of a leader is of one that has ended. */
  static boolean is(core_entry leader) {
    return leader.getTc().getTaskState() == ThreadEntry.OUTLIVED;
  }

  /**
   * A leader to plan with: it makes its process, with the identity that others have who go on.
   *
   * @param survivor one of them
   */
  static core_entry toPlan(core_entry leader, core_entry survivor) {
    return leader.toBuilder()
        .setThreadCore(
            leader.getThreadCore().toBuilder().setCreds(survivor.getThreadCore().getCreds()))
        .build();
  }

  /**
   * Refuses children that are to get a signal when the thread ends that started them: a restore
   * starts them by the leader, which then ends.
   */
  static void checkChildren(Iterable<TaskImages> tasks) {
    Set<Integer> outlived = new HashSet<>();
    for (TaskImages task : tasks) {
      if (outlived.contains(task.tree().getPpid())) {
        for (core_entry thread : task.cores().values()) {
          if (thread.getThreadCore().getPdeathSig() != 0) {
            throw new UnsupportedException(
                "task " + task.pid(),
                "it is to get "
                    + SignalName.of(thread.getThreadCore().getPdeathSig())
                    + " when its parent ends (PR_SET_PDEATHSIG), and the main thread of that, task "
                    + task.tree().getPpid()
                    + ", has ended while others go on; that is not carried");
          }
        }
      }
      if (task.hasOutlivedLeader()) {
        outlived.add(task.pid());
      }
    }
  }

  /** How it ended, for exit(2): a thread alone ends by no signal. */
  static int exitCode(core_entry leader) {
    return leader.getTc().getExitCode() >> 8 & 0xff;
  }
}
