// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A process and all its descendants. */
public final class TaskTree {
  /** PF_KTHREAD, include/linux/sched.h. */
  private static final long PF_KTHREAD = 0x200000;

  private final ProcFs proc;
  private final Visitor visitor;
  private final Task root;
  private final List<Task> tasks = new ArrayList<>();
  private boolean sawChild;

  private TaskTree(ProcFs proc, Task root, Visitor visitor) {
    this.proc = proc;
    this.root = root;
    this.visitor = visitor;
  }

  /** What happens to each task when it is found, before its children are looked for. */
  @FunctionalInterface
  public interface Visitor {
    /** Called with a task that is no zombie. */
    void found(Task task);
  }

  /**
   * Walks a running tree: tasks may come and go.
   *
   * @throws DumpException ESRCH if there is no such process
   */
  public static TaskTree look(ProcFs proc, int rootPid) {
    return walk(proc, rootPid, null);
  }

  /**
   * Walks the tree from its root.
   *
   * @param visitor stops the task's threads: a walk of stopped tasks misses none
   * @throws DumpException ESRCH if there is no such process
   */
  public static TaskTree walk(ProcFs proc, int rootPid, Visitor visitor) {
    TaskTree tree;
    try {
      tree = new TaskTree(proc, new Task(null, rootPid, proc), visitor);
    } catch (ProcException e) {
      throw new DumpException(
          "no process with pid " + rootPid + "; look it up with ps", Errno.ESRCH.number(), e);
    }
    if (tree.root.isZombie()) {
      throw new DumpException(
          "process " + rootPid + " has ended; its parent has not waited for it");
    }
    tree.add(tree.root);
    if (visitor != null) {
      tree.addAllOrphans();
    }
    return tree;
  }

  /** A task that ended before it was stopped may have left children to another one. */
  private void addAllOrphans() {
    boolean found = sawChild;
    while (found) {
      found = addOrphans();
    }
  }

  private void add(Task task) {
    tasks.add(task);
    if (task.isZombie()) {
      task.threads().add(task.tgid());
      return;
    }
    if (visitor != null) {
      visitor.found(task);
      task.refresh(proc);
    }
    addThreads(task);
    for (int child : children(task)) {
      sawChild = true;
      addChild(task, child);
    }
  }

  private boolean addOrphans() {
    boolean found = false;
    for (Task task : List.copyOf(tasks)) {
      if (task.isZombie()) {
        continue;
      }
      for (int child : children(task)) {
        if (!contains(child)) {
          addChild(task, child);
          found |= contains(child);
        }
      }
    }
    return found;
  }

  private boolean contains(int pid) {
    for (Task task : tasks) {
      if (task.tgid() == pid) {
        return true;
      }
    }
    return false;
  }

  /** None if the task, not stopped yet, has ended. */
  private int[] children(Task task) {
    try {
      return proc.children(task.tgid());
    } catch (ProcException e) {
      if (e.gone()) {
        return new int[0];
      }
      throw e;
    }
  }

  private void addThreads(Task task) {
    task.threads().add(task.pid());
    for (int tid : proc.threads(task.tgid())) {
      if (tid != task.pid() && tid != task.tgid() && !proc.isWorker(task.tgid(), tid)) {
        task.threads().add(tid);
      }
    }
  }

  private void addChild(Task parent, int pid) {
    Task child;
    try {
      child = new Task(parent, pid, proc);
    } catch (ProcException e) {
      if (e.gone()) {
        return;
      }
      throw e;
    }
    try {
      add(child);
      parent.children().add(child);
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
      tasks.remove(child);
    }
  }

  /** The process at the top. */
  public Task root() {
    return root;
  }

  /** All processes, parents before their children. */
  public List<Task> tasks() {
    return tasks;
  }

  /** Refuses a tree that has this process, which is Torpor's own and would stop with it. */
  public void refuse(int pid) {
    for (Task task : tasks) {
      if (task.tgid() == pid) {
        throw new UnsupportedException(
            task.subject(),
            "it is Torpor itself, which would stop with the tree; dump it from a process that task "
                + root.tgid()
                + " has not started (setsid --fork)");
      }
    }
  }

  /**
   * Refuses trees whose session or process group reaches out of them; with {@code shellJob} one of
   * each may, which becomes that of who restores.
   */
  public void check(boolean shellJob) {
    if ((root.stat().flags() & PF_KTHREAD) != 0) {
      throw new UnsupportedException(
          root.subject(),
          "it is a thread of the kernel (kthreads(7)), which no checkpoint carries");
    }
    boolean foreignSession = !contains(root.stat().sid()) || !contains(root.stat().pgid());
    if (foreignSession && !shellJob) {
      throw new DumpException(
          "task "
              + root.tgid()
              + " belongs to session "
              + root.stat().sid()
              + ", whose leader is not in the tree; start it with setsid, or use --shell-job");
    }
    checkOuter();
  }

  /** As this process numbers them: in their pid namespace all that is outside is 0. */
  private void checkOuter() {
    Set<Integer> pids = new HashSet<>();
    for (Task task : tasks) {
      pids.add(task.tgid());
    }
    Task inSession = null;
    Task inGroup = null;
    for (Task task : tasks) {
      if (!pids.contains(task.stat().sid()) && !isGone(task.stat().sid(), pids)) {
        inSession = inSession == null ? task : inSession;
        checkOuter("session", task, task.stat().sid(), inSession.stat().sid());
      }
      if (!pids.contains(task.stat().pgid()) && !isGone(task.stat().pgid(), pids)) {
        inGroup = inGroup == null ? task : inGroup;
        checkOuter("process group", task, task.stat().pgid(), inGroup.stat().pgid());
      }
    }
  }

  /** Whether the leader of a session or group has ended that nobody outside of the tree is in. */
  private boolean isGone(int leader, Set<Integer> pids) {
    if (leader == 0 || leader == root.stat().sid() || leader == root.stat().pgid()) {
      return false;
    }
    for (int pid : proc.processes()) {
      if (!pids.contains(pid) && belongsTo(leader, pid)) {
        return false;
      }
    }
    return true;
  }

  private boolean belongsTo(int leader, int pid) {
    try {
      TaskStat stat = proc.stat(pid, pid);
      return pid == leader || stat.sid() == leader || stat.pgid() == leader;
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
      return false;
    }
  }

  private static void checkOuter(String what, Task task, int own, int first) {
    if (own != first) {
      throw new UnsupportedException(
          task.subject(),
          "it belongs to "
              + what
              + " "
              + own
              + ", and others of the tree to "
              + first
              + ": a restore could only put all into one; dump a tree that has the leader of one of"
              + " them");
    }
  }
}
