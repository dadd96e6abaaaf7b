// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.TaskStatus;
import java.util.ArrayList;
import java.util.List;

/** A process of the tree that is dumped. Numbers are as Torpor sees them unless named image. */
public final class Task {
  private final Task parent;
  private final int pid;
  private TaskStat stat;
  private TaskStatus status;
  private final List<Integer> threads = new ArrayList<>();
  private final List<Task> children = new ArrayList<>();

  Task(Task parent, int pid, TaskStat stat, TaskStatus status) {
    this.parent = parent;
    this.pid = pid;
    this.stat = stat;
    this.status = status;
  }

  /** Looks again, once it is stopped. */
  void refresh(ProcFs proc) {
    stat = proc.stat(pid, pid);
    status = proc.status(pid, pid);
  }

  /** Null for the root of the tree. */
  public Task parent() {
    return parent;
  }

  /** Process id. */
  public int pid() {
    return pid;
  }

  /** /proc/PID/stat of the leader, read when the task was found. */
  public TaskStat stat() {
    return stat;
  }

  /** /proc/PID/status of the leader, read when the task was found. */
  public TaskStatus status() {
    return status;
  }

  /** Thread ids, the leader's first. */
  public List<Integer> threads() {
    return threads;
  }

  /** Children that belong to the tree, in the order of their birth. */
  public List<Task> children() {
    return children;
  }

  /** Whether it ended and its parent has not waited for it yet. */
  public boolean isZombie() {
    return stat.state() == 'Z' || stat.state() == 'X';
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
    return "task " + pid;
  }
}
