// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.Stage;
import dev.torpor.inject.Word;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ExitSignal;
import dev.torpor.task.IoContext;
import dev.torpor.task.Name;
import dev.torpor.task.SessionKeyring;
import dev.torpor.task.TaskEnd;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who starts whom, and when: pids, threads, sessions, process groups. */
final class ProcessTreePlan {
  private static final int NO_TASK = 0;

  /** In the order of pstree.img. */
  private final Map<Integer, TaskImages> tasks = new LinkedHashMap<>();

  private final Kinship kinship;
  private final Map<Integer, ThreadPlan> plans;
  private final BirthOrder order;
  private final Word groups;
  private int groupLeaders;

  /**
   * Reads the tree.
   *
   * @param kinship of the same tasks, checked
   * @param plans of all threads, by their ids
   * @param stage of the plans
   */
  ProcessTreePlan(
      List<TaskImages> tree, Kinship kinship, Map<Integer, ThreadPlan> plans, Stage stage) {
    this.kinship = kinship;
    this.plans = plans;
    this.groups = stage.word("process groups have their leaders");
    this.order = new BirthOrder(tree, kinship, stage);
    for (TaskImages task : tree) {
      tasks.put(task.pid(), task);
    }
    for (TaskImages task : tree) {
      groupLeaders += kinship.leadsGroup(task.pid()) ? 1 : 0;
    }
  }

  void plan() {
    for (TaskImages task : order.tasks()) {
      if (task.tree().getPpid() != NO_TASK) {
        planBirth(task, plans.get(task.pid()));
      }
    }
    for (TaskImages task : tasks.values()) {
      ThreadPlan plan = plans.get(task.pid());
      if (kinship.isGone(task.pid())) {
        planGone(task, plan);
        continue;
      }
      if (!task.isZombie()) {
        TaskImages parent = tasks.get(task.tree().getPpid());
        SessionKeyring.planBirth(task.leader(), parent == null ? null : parent.leader(), plan);
      }
      if (task.isZombie()) {
        planSession(task, plan, Step.SESSION);
        Step end = kinship.isMidwife(task.pid()) ? Step.GROUP : Step.SESSION;
        plan.at(end, program -> end(task, program));
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
    Step step = kinship.isBornEarly(task.pid()) ? Step.EARLY_SPAWN : Step.SPAWN;
    int starter = kinship.starter(task.pid());
    int signal = ExitSignal.of(task.leader());
    if (starter != parent.pid()) {
      // The new task gets the signal of who starts it.
      if (signal != Signal.SIGCHLD) {
        throw new UnsupportedException(
            plan.subject(),
            "the leader of its session has ended, and at its own end its parent is to get another"
                + " signal than SIGCHLD; let it end before the dump");
      }
      long flags = Sched.CLONE_PARENT | sharedByBirth(task, parent);
      plans.get(starter).at(step, order.inTurn(task, program -> spawn(program, plan, flags, 0)));
    } else if (!kinship.isGone(task.pid()) || kinship.leadsSession(task.pid())) {
      long flags = sharedByBirth(task, parent);
      plans
          .get(starter)
          .at(step, order.inTurn(task, program -> spawn(program, plan, flags, signal)));
    }
  }

  /** Who only makes a session or a group; its parent waits for it when all have joined. */
  private void planGone(TaskImages task, ThreadPlan plan) {
    planSession(task, plan, Step.SESSION);
    plan.at(Step.GROUP, program -> program.exit(0));
    if (kinship.leadsSession(task.pid())) {
      plans.get(task.tree().getPpid()).at(Step.CONNECT, program -> reap(task, program));
    }
  }

  private static void reap(TaskImages gone, Program program) {
    program
        .call("waiting for the end of " + gone.pid() + ", which is gone", Nr.SYS_wait4)
        .arg(gone.pid())
        .arg(0)
        .arg(Wait.__WALL)
        .arg(0)
        .expect(gone.pid());
  }

  private long sharedByBirth(TaskImages task, TaskImages parent) {
    if (kinship.isMidwife(task.pid())) {
      return sharedThrough(task, parent);
    }
    if (task.isZombie()) {
      return 0;
    }
    long files = task.ids().getFilesId() == parent.ids().getFilesId() ? Sched.CLONE_FILES : 0;
    long fs = task.ids().getFsId() == parent.ids().getFsId() ? Sched.CLONE_FS : 0;
    return files | fs | IoContext.cloneFlag(task.leader());
  }

  /** Who starts others that share with their parent must share it, too. */
  private long sharedThrough(TaskImages gone, TaskImages parent) {
    long shared = 0;
    for (TaskImages task : tasks.values()) {
      if (!task.isZombie() && kinship.starter(task.pid()) == gone.pid()) {
        shared |= sharedByBirth(task, parent);
      }
    }
    return shared;
  }

  /** A zombie joins a group before it ends, which is before it would be its turn. */
  private void planSession(TaskImages task, ThreadPlan plan, Step joining) {
    if (kinship.leadsSession(task.pid())) {
      plan.at(
          Step.SESSION,
          program ->
              program.call("making the session of ", plan, Nr.SYS_setsid).expect(task.pid()));
      if (groupLeaders > 0 && !kinship.isGone(task.pid())) {
        // It will say which group is in the foreground of its terminal.
        plan.at(
            Step.GROUP,
            program -> program.waitFor("waiting for process groups", groups, groupLeaders));
      }
    } else if (kinship.leadsGroup(task.pid())) {
      leadGroup(plan);
    } else if (kinship.joinsGroup(task.pid())) {
      TaskImages leader = tasks.get(task.tree().getPgid());
      boolean starts = kinship.isGone(leader.pid()) && leader.tree().getPpid() == task.pid();
      if (starts) {
        ThreadPlan of = plans.get(leader.pid());
        plan.at(joining, program -> spawn(program, of, 0, 0));
      }
      plan.at(
          joining,
          program -> {
            program.waitFor("waiting for process groups", groups, groupLeaders);
            setpgid(program, plan, task.tree().getPgid());
            if (starts) {
              // From here on it is this one who keeps the group.
              reap(leader, program);
            }
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
    for (Map.Entry<Integer, core_entry> thread : task.cores().entrySet()) {
      int tid = thread.getKey();
      if (tid != task.pid()) {
        boolean ownDirectories = thread.getValue().getThreadCore().hasFs();
        long shared = ownDirectories ? flags & ~Sched.CLONE_FS : flags;
        leader.at(Step.SPAWN_THREADS, program -> spawn(program, plans.get(tid), shared, 0));
      }
    }
  }

  private static void spawn(Program program, ThreadPlan child, long flags, int exitSignal) {
    if ((flags & Sched.CLONE_IO) != 0) {
      IoContext.make(program);
    }
    Data tid = program.reserve(Integer.BYTES).putInt(0, child.tid());
    Data args = program.reserve(Sched.CloneArgs.SIZEOF);
    args.putLong(Sched.CloneArgs.flags, flags)
        .putLong(Sched.CloneArgs.exit_signal, exitSignal)
        .putPointer(Sched.CloneArgs.set_tid, tid)
        .putLong(Sched.CloneArgs.set_tid_size, 1);
    program.spawn("starting " + child.subject(), args, child.program());
  }

  /** Ends as it ended before. */
  private static void end(TaskImages task, Program program) {
    core_entry core = task.leader();
    if (core.getTc().hasComm()) {
      Name.call("restoring name of zombie " + task.pid(), core.getTc().getCommBytes(), program);
    }
    TaskEnd.plan(program, task.pid(), core.getTc().getExitCode());
  }
}
