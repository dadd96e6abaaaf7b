// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.linux.Signal;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.TaskStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A process of the tree that is dumped. Numbers are as Torpor sees them unless named image.
 *
 * <p>Of a main thread that has ended while others go on (pthread_exit(3)) no more than its number
 * is left: /proc/PID has neither memory nor descriptors then, but /proc/TID has them. Such a task
 * is looked at by one of the others.
 */
public final class Task {
  private final Task parent;
  private final int tgid;
  private int pid;
  private TaskStat stat;
  private TaskStatus status;
  private final List<Integer> threads = new ArrayList<>();
  private final List<Task> children = new ArrayList<>();

  Task(Task parent, int tgid, ProcFs proc) {
    this.parent = parent;
    this.tgid = tgid;
    refresh(proc);
  }

  /** Looks again, once it is stopped. */
  void refresh(ProcFs proc) {
    pid = tgid;
    stat = proc.stat(tgid, tgid);
    status = proc.status(tgid, tgid);
    if (hasEnded(stat)) {
      int survivor = survivor(proc);
      if (survivor != 0) {
        pid = survivor;
        status = proc.status(tgid, survivor);
      }
    }
  }

  private static boolean hasEnded(TaskStat stat) {
    return stat.state() == 'Z' || stat.state() == 'X';
  }

  /**
   * A thread that goes on where the main thread has ended; 0 if they have ended all. One that has
   * ended by now may have started another that it is not listed with: all are seen when there is no
   * new one.
   */
  private int survivor(ProcFs proc) {
    Set<Integer> ended = new HashSet<>(Set.of(tgid));
    try {
      boolean fresh;
      do {
        fresh = false;
        for (int tid : proc.threads(tgid)) {
          if (ended.add(tid)) {
            fresh = true;
            if (goesOn(proc, tid)) {
              return tid;
            }
          }
        }
      } while (fresh);
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
    }
    return 0;
  }

  /** At the end of a process the kernel sends SIGKILL to each of its threads. */
  private boolean goesOn(ProcFs proc, int tid) {
    try {
      boolean killed = (proc.status(tgid, tid).mask("SigPnd") & Signal.bit(Signal.SIGKILL)) != 0;
      TaskStat thread = proc.stat(tgid, tid);
      return !killed && !thread.isEnding() && !thread.isWorker();
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
      return false;
    }
  }

  /** Null for the root of the tree. */
  public Task parent() {
    return parent;
  }

  /**
   * By which /proc, kcmp(2) and the like show it: the process id, or the id of another thread if
   * the main thread has ended.
   */
  public int pid() {
    return pid;
  }

  /** Process id: what getpid(2) and kill(2) mean. */
  public int tgid() {
    return tgid;
  }

  /** Whether the main thread has ended and others go on. */
  public boolean hasOutlivedLeader() {
    return pid != tgid;
  }

  /** /proc/PID/stat of the main thread, read when the task was found. */
  public TaskStat stat() {
    return stat;
  }

  /** /proc/PID/status of {@link #pid}, read when the task was found. */
  public TaskStatus status() {
    return status;
  }

  /** Ids of threads that have not ended, the main thread's first. */
  public List<Integer> threads() {
    return threads;
  }

  /** Children that belong to the tree, in the order of their birth. */
  public List<Task> children() {
    return children;
  }

  /** Whether it ended and its parent has not waited for it yet. */
  public boolean isZombie() {
    return hasEnded(stat) && !hasOutlivedLeader();
  }

  /** Its pid in its own pid namespace, which is what images hold. */
  public int imagePid() {
    return status.innermost("NStgid");
  }

  /** Its process group in its own pid namespace; 0 if that is outside. */
  public int imagePgid() {
    return status.innermost("NSpgid");
  }

  /** Its session in its own pid namespace; 0 if that is outside. */
  public int imageSid() {
    return status.innermost("NSsid");
  }

  /** As a message names it. */
  public String subject() {
    return "task " + tgid;
  }
}
