// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.waiting_call_entry;
import dev.torpor.inject.RseqCriticalSection;
import dev.torpor.inject.UserDispatch;
import dev.torpor.plan.Facts;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.TaskStatus;
import java.util.List;

/**
 * One thread as it stands in /proc and to ptrace. What stands in /proc is read when somebody asks
 * for it first: rehearsing a thread takes nothing of it.
 */
public final class ThreadState {
  private final int pid;
  private final int tid;
  private final boolean leader;
  private final ProcFs proc;
  private final boolean stopped;
  private final Facts facts;
  private RseqCriticalSection critical;
  private long sigmask;
  private waiting_call_entry waiting;
  private UserDispatch dispatch;
  private List<Integer> continuedChildren = List.of();
  private TaskStat stat;
  private TaskStatus status;

  /**
   * Nothing of it is read yet.
   *
   * @param pid by which Torpor sees the task
   * @param tid the thread's id as Torpor sees it
   * @param proc where to look
   * @param stopped whether it is in a ptrace stop of ours
   * @param facts what the rooms of all threads of the tree know; nothing is added to them
   */
  public ThreadState(int pid, int tid, ProcFs proc, boolean stopped, Facts facts) {
    this(pid, tid, pid == tid, proc, stopped, facts);
  }

  /**
   * As above.
   *
   * @param leader whether it is asked for its process, too; the main thread is, or another in its
   *     place if that has ended
   */
  public ThreadState(int pid, int tid, boolean leader, ProcFs proc, boolean stopped, Facts facts) {
    this.pid = pid;
    this.tid = tid;
    this.leader = leader;
    this.proc = proc;
    this.stopped = stopped;
    this.facts = facts;
  }

  /**
   * Gives what was read already.
   *
   * @param stat may be null
   */
  public ThreadState withRead(TaskStat stat, TaskStatus status) {
    this.stat = stat;
    this.status = status;
    return this;
  }

  /** By which Torpor sees the task. */
  public int pid() {
    return pid;
  }

  /** The thread's id as Torpor sees it. */
  public int tid() {
    return tid;
  }

  /** Where to look. */
  public ProcFs proc() {
    return proc;
  }

  /**
   * Gives what ptrace says of it, to be seen when entries are made.
   *
   * @param critical what rseq(2) is about
   * @param sigmask the signals it blocks; bit n-1 stands for signal n
   */
  public ThreadState withStop(RseqCriticalSection critical, long sigmask) {
    this.critical = critical;
    this.sigmask = sigmask;
    return this;
  }

  /** What rseq(2) is about. */
  public RseqCriticalSection critical() {
    return critical;
  }

  /** The signals it blocks; bit n-1 stands for signal n. */
  public long sigmask() {
    return sigmask;
  }

  /** Which of its system calls go to a handler of its own; null for none. */
  public UserDispatch dispatch() {
    return dispatch;
  }

  /** Gives {@link #dispatch()}. */
  public void dispatches(UserDispatch calls) {
    dispatch = calls;
  }

  /** The call that it waits in and is to go on with; null for none. */
  public waiting_call_entry waiting() {
    return waiting;
  }

  /** Gives {@link #waiting()}. */
  public void waitsIn(waiting_call_entry call) {
    waiting = call;
  }

  /** Image pids of children that go on after a stop, of which its task has not been told yet. */
  public List<Integer> continuedChildren() {
    return continuedChildren;
  }

  /** Gives {@link #continuedChildren()}. */
  public void continuedChildren(List<Integer> pids) {
    continuedChildren = pids;
  }

  /** /proc/PID/task/TID/stat, which is slow to print and has little that others have not. */
  public TaskStat stat() {
    if (stat == null) {
      stat = proc.stat(pid, tid);
    }
    return stat;
  }

  /** /proc/PID/task/TID/status. */
  public TaskStatus status() {
    if (status == null) {
      status = proc.status(pid, tid);
    }
    return status;
  }

  /** Whether the thread is in a ptrace stop of ours, so that ptrace requests work. */
  public boolean stopped() {
    return stopped;
  }

  /** What the rooms of all threads know. */
  public Facts facts() {
    return facts;
  }

  /** Whether this is the thread group's leader, or stands for it. */
  public boolean isLeader() {
    return leader;
  }

  /** As a message names it. */
  public String subject() {
    return isLeader() ? "task " + pid : "thread " + tid + " of task " + pid;
  }
}
