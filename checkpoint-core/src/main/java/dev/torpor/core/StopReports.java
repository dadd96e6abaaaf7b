// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.Word;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.signal.SignalName;
import dev.torpor.signal.StopSignal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What wait(2) has to tell of children that stopped or went on again.
 *
 * <p>A child stops while there is nobody but its main thread. Its tracer lets it go on in that
 * stop, which lasts all the same and has it stand when it is let go. The SIGCHLD of the stop is
 * dropped with those of zombies, and a parent that was told of it before takes the report once
 * more. A child that went on sends itself SIGCONT, too.
 */
final class StopReports {
  private final List<TaskImages> living = new ArrayList<>();
  private final Map<Integer, ThreadPlan> plans;
  private final Word grouped;
  private final Set<Integer> continued = new HashSet<>();

  /**
   * Plans for a tree.
   *
   * @param grouped is counted up by every task that is in its process group
   */
  StopReports(List<TaskImages> tasks, Map<Integer, ThreadPlan> plans, Word grouped) {
    this.plans = plans;
    this.grouped = grouped;
    for (TaskImages task : tasks) {
      if (!task.isZombie()) {
        living.add(task);
      }
      continued.addAll(task.leader().getTc().getContinuedChildrenList());
    }
  }

  /** Whether a task is in its stop already when it is let go: its caller stops a root. */
  static boolean isStopped(TaskImages task) {
    return task.tree().getPpid() != 0 && StopSignal.of(task.leader()) != 0;
  }

  /** Behind those who make process groups: a task whose group is an orphan ignores most stops. */
  void plan() {
    boolean waits = false;
    for (TaskImages task : living) {
      waits |= isStopped(task) && StopSignal.of(task.leader()) != Signal.SIGSTOP;
    }
    if (waits) {
      for (TaskImages task : living) {
        plans.get(task.pid()).at(Step.GROUP, program -> program.arrive(grouped));
      }
    }
    for (TaskImages task : living) {
      boolean goesOn = continued.contains(task.pid());
      if (goesOn || isStopped(task)) {
        ThreadPlan plan = plans.get(task.pid());
        int signal = goesOn ? Signal.SIGSTOP : StopSignal.of(task.leader());
        plan.at(Step.GROUP, program -> stop(plan, signal, program));
        if (goesOn) {
          plan.at(Step.GROUP, program -> goOn(plan, program));
        } else if (task.leader().getTc().getStopReported()) {
          plans.get(task.tree().getPpid()).at(Step.CONNECT, program -> take(task, program));
        }
      }
    }
  }

  private void stop(ThreadPlan plan, int signal, Program program) {
    if (signal != Signal.SIGSTOP) {
      program.waitFor("waiting for all to be in their process groups", grouped, living.size());
      allow(plan, signal, program);
      kill("stopping ", plan, signal, program).stopsBy(signal);
      mask(plan, -1, program);
    }
    // One whose process group has become an orphan has ignored the other signal.
    kill("stopping ", plan, Signal.SIGSTOP, program).stopsBy(Signal.SIGSTOP);
  }

  /** Blocked, the signal would wait; the kernel drops it when its action is set. */
  private static void goOn(ThreadPlan plan, Program program) {
    kill("continuing ", plan, Signal.SIGCONT, program);
    setDefault(plan, Signal.SIGCONT, program);
  }

  private static void take(TaskImages child, Program program) {
    program
        .call("taking the report that task " + child.pid() + " has stopped", Nr.SYS_wait4)
        .arg(child.pid())
        .arg(0)
        .arg(Wait.WUNTRACED | Wait.WNOHANG | Wait.__WALL)
        .arg(0)
        .expect(child.pid());
  }

  private static Op kill(String purpose, ThreadPlan plan, int signal, Program program) {
    return program.call(purpose, plan, Nr.SYS_kill).arg(plan.pid()).arg(signal);
  }

  /** The launcher's actions and mask are inherited. */
  private static void allow(ThreadPlan plan, int signal, Program program) {
    setDefault(plan, signal, program);
    mask(plan, ~Signal.bit(signal), program);
  }

  private static void setDefault(ThreadPlan plan, int signal, Program program) {
    program
        .call("default action of " + SignalName.of(signal) + " in ", plan, Nr.SYS_rt_sigaction)
        .arg(signal)
        .arg(program.reserve(Signal.Sigaction.SIZEOF))
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
  }

  private static void mask(ThreadPlan plan, long blocked, Program program) {
    Data mask = program.reserve(Signal.SIGSET_BYTES).putLong(0, blocked);
    program
        .call("blocking signals of ", plan, Nr.SYS_rt_sigprocmask)
        .arg(Signal.SIG_SETMASK)
        .arg(mask)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
  }
}
