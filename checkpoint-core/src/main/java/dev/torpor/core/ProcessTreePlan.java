// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.Word;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Signal;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who starts whom, and when: pids, threads, sessions, process groups.
 *
 * <p>A task gets its session by birth or by setsid, so a child is started before or after its
 * parent's setsid. It gets its process group by birth, or joins it when the group's leader is
 * there.
 */
final class ProcessTreePlan {
  private static final int NO_TASK = 0;

  /** The kernel's struct sigaction; of zeros it is SIG_DFL. */
  private static final int SIGACTION_BYTES = 32;

  /** In the order of pstree.img, which is the order in which children were born. */
  private final Map<Integer, TaskImages> tasks = new LinkedHashMap<>();

  private final Map<Integer, ThreadPlan> plans;
  private final Word groups;
  private int groupLeaders;

  /**
   * Reads the tree.
   *
   * @param plans of all threads, by their ids
   * @param groups is counted up by every leader of a process group
   */
  ProcessTreePlan(List<TaskImages> tree, Map<Integer, ThreadPlan> plans, Word groups) {
    this.plans = plans;
    this.groups = groups;
    for (TaskImages task : tree) {
      tasks.put(task.pid(), task);
    }
    for (TaskImages task : tree) {
      groupLeaders += leadsGroup(task) ? 1 : 0;
    }
  }

  void plan() {
    for (TaskImages task : tasks.values()) {
      ThreadPlan plan = plans.get(task.pid());
      if (task.tree().getPpid() != NO_TASK) {
        planBirth(task, plan);
      }
      if (task.isZombie()) {
        planSession(task, plan, Step.SESSION);
        plan.at(Step.SESSION, program -> end(task, program));
        continue;
      }
      planSession(task, plan, Step.GROUP);
      planThreads(task, plan);
    }
  }

  private void planBirth(TaskImages task, ThreadPlan plan) {
    TaskImages parent = tasks.get(task.tree().getPpid());
    if (parent == null) {
      throw new RestoreException(
          "pstree.img: the parent of task " + task.pid() + " is not in the tree");
    }
    int sid = task.tree().getSid();
    Step step;
    if (sid == task.pid() || sid == parent.tree().getSid()) {
      step = Step.SPAWN;
    } else if (leadsSession(parent) && sid == birthSession(parent)) {
      step = Step.EARLY_SPAWN;
    } else {
      throw new UnsupportedException(
          "task " + task.pid(),
          "it belongs to session " + sid + ", whose leader has ended; that is not carried yet");
    }
    plans
        .get(parent.pid())
        .at(step, program -> spawn(program, plan, processFlags(task, parent), Signal.SIGCHLD));
  }

  private int birthSession(TaskImages task) {
    TaskImages parent = tasks.get(task.tree().getPpid());
    return parent == null ? NO_TASK : parent.tree().getSid();
  }

  private static long processFlags(TaskImages task, TaskImages parent) {
    if (task.isZombie()) {
      return 0;
    }
    if (task.ids().getVmId() == parent.ids().getVmId()) {
      throw new UnsupportedException(
          "task " + task.pid(),
          "it shares its memory with its parent (vfork in flight?), which is not carried");
    }
    if (task.ids().getSighandId() == parent.ids().getSighandId()) {
      throw new UnsupportedException(
          "task " + task.pid(), "it shares signal handlers with its parent, which is not carried");
    }
    long files = task.ids().getFilesId() == parent.ids().getFilesId() ? Sched.CLONE_FILES : 0;
    long fs = task.ids().getFsId() == parent.ids().getFsId() ? Sched.CLONE_FS : 0;
    return files | fs;
  }

  private static boolean leadsSession(TaskImages task) {
    return task.tree().getSid() == task.pid();
  }

  private static boolean leadsGroup(TaskImages task) {
    return task.tree().getPgid() == task.pid() && !leadsSession(task);
  }

  /** A zombie joins a group before it ends, which is before it would be its turn. */
  private void planSession(TaskImages task, ThreadPlan plan, Step joining) {
    if (leadsSession(task)) {
      plan.at(
          Step.SESSION,
          program ->
              program
                  .call("making the session of " + plan.subject(), Nr.SYS_setsid)
                  .expect(task.pid()));
      if (groupLeaders > 0) {
        // It will say which group is in the foreground of its terminal.
        plan.at(
            Step.GROUP,
            program -> program.waitFor("waiting for process groups", groups, groupLeaders));
      }
    } else if (leadsGroup(task)) {
      leadGroup(plan);
    } else if (birthGroup(task) != task.tree().getPgid()) {
      if (!tasks.containsKey(task.tree().getPgid())) {
        throw new UnsupportedException(
            plan.subject(),
            "the leader of its process group "
                + task.tree().getPgid()
                + " has ended; that is not carried yet");
      }
      plan.at(
          joining,
          program -> {
            program.waitFor("waiting for process groups", groups, groupLeaders);
            setpgid(program, plan, task.tree().getPgid());
          });
    }
  }

  /** A group stays joinable when its leader has ended, until that is reaped. */
  private void leadGroup(ThreadPlan plan) {
    plan.at(
        Step.SESSION,
        program -> {
          setpgid(program, plan, 0);
          program.arrive(groups);
        });
  }

  private int birthGroup(TaskImages task) {
    TaskImages parent = tasks.get(task.tree().getPpid());
    if (parent == null) {
      return task.tree().getPgid();
    }
    boolean own = parent.tree().getPgid() == parent.pid();
    return own ? parent.pid() : birthGroup(parent);
  }

  private static void setpgid(Program program, ThreadPlan plan, int pgid) {
    program
        .call("putting " + plan.subject() + " into its process group", Nr.SYS_setpgid)
        .arg(0)
        .arg(pgid);
  }

  private void planThreads(TaskImages task, ThreadPlan leader) {
    long flags =
        Sched.CLONE_VM
            | Sched.CLONE_FS
            | Sched.CLONE_FILES
            | Sched.CLONE_SIGHAND
            | Sched.CLONE_THREAD
            | Sched.CLONE_SYSVSEM;
    for (int tid : task.cores().keySet()) {
      if (tid != task.pid()) {
        leader.at(Step.SPAWN_THREADS, program -> spawn(program, plans.get(tid), flags, 0));
      }
    }
  }

  private static void spawn(Program program, ThreadPlan child, long flags, int exitSignal) {
    Data tid = program.reserve(Integer.BYTES).putInt(0, child.tid());
    Data args = program.reserve(Sched.CloneArgs.SIZEOF);
    args.putLong(Sched.CloneArgs.flags, flags)
        .putLong(Sched.CloneArgs.exit_signal, exitSignal)
        .putPointer(Sched.CloneArgs.set_tid, tid)
        .putLong(Sched.CloneArgs.set_tid_size, 1);
    program.spawn("starting " + child.subject(), args, child.program());
  }

  /** Ends as it ended before: by exit, or by the signal. */
  private static void end(TaskImages task, Program program) {
    core_entry core = task.leader();
    int status = core.getTc().getExitCode();
    int signal = status & 0x7f;
    if (signal == 0) {
      program.exit(status >> 8 & 0xff);
      return;
    }
    if (signal != Signal.SIGKILL) {
      // The launcher's handlers are inherited, but not its code.
      program
          .call("default action of signals of zombie " + task.pid(), Nr.SYS_rt_sigaction)
          .arg(signal)
          .arg(program.reserve(SIGACTION_BYTES))
          .arg(0)
          .arg(Signal.SIGSET_BYTES);
    }
    Data none = program.reserve(Signal.SIGSET_BYTES);
    program
        .call("unblocking signals of zombie " + task.pid(), Nr.SYS_rt_sigprocmask)
        .arg(Signal.SIG_SETMASK)
        .arg(none)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
    program.call("ending zombie " + task.pid(), Nr.SYS_kill).arg(task.pid()).arg(signal);
  }
}
