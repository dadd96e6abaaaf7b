// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.TaskStatus;

/**
 * One thread as it stands in /proc and to ptrace.
 *
 * @param pid the task's pid as Torpor sees it
 * @param tid the thread's id as Torpor sees it
 * @param proc where to look
 * @param stat /proc/PID/task/TID/stat
 * @param status /proc/PID/task/TID/status
 * @param critical what rseq(2) says of it; null for a thread that is not in a ptrace stop of ours
 */
public record ThreadState(
    int pid, int tid, ProcFs proc, TaskStat stat, TaskStatus status, RseqCriticalSection critical) {
  /** Whether the thread is in a ptrace stop of ours, so that ptrace requests work. */
  public boolean stopped() {
    return critical != null;
  }

  /** Whether this is the thread group's leader. */
  public boolean isLeader() {
    return pid == tid;
  }

  /** As a message names it. */
  public String subject() {
    return isLeader() ? "task " + pid : "thread " + tid + " of task " + pid;
  }
}
