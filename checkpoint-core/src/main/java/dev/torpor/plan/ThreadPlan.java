// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import dev.torpor.inject.Program;
import dev.torpor.inject.TrappedTask;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The program of one thread in the making: rooms put their calls at a step, in any order. */
public final class ThreadPlan {
  private final int pid;
  private final int tid;
  private final Program program;
  private final Facts facts;
  private final List<Need> needs = new ArrayList<>();
  private final List<Need> taken = new ArrayList<>();
  private WaitsIn waitsIn;
  private final Map<Step, List<Contribution>> contributions = new EnumMap<>(Step.class);

  /** Starts a plan for which nothing else is known. */
  public ThreadPlan(int pid, int tid) {
    this(pid, tid, new Facts());
  }

  /**
   * Starts the plan of thread {@code tid} of task {@code pid}, as numbered in the images.
   *
   * @param facts those of the whole restore
   */
  public ThreadPlan(int pid, int tid, Facts facts) {
    this.pid = pid;
    this.tid = tid;
    this.facts = facts;
    this.program = new Program(pid == tid ? "task " + pid : "thread " + tid + " of task " + pid);
  }

  /** The task's pid in the images, that is, in its own pid namespace. */
  public int pid() {
    return pid;
  }

  /** The thread's id in the images. */
  public int tid() {
    return tid;
  }

  /** Whether this is the thread group's leader. */
  public boolean isLeader() {
    return pid == tid;
  }

  /** Whom the program runs in, for purposes: {@code task 42}, {@code thread 43 of task 42}. */
  public String subject() {
    return program.subject();
  }

  /** What the rooms of the restore know. */
  public Facts facts() {
    return facts;
  }

  @Override
  public String toString() {
    return subject();
  }

  /** Puts calls at a step, behind those already there. */
  public void at(Step step, Contribution contribution) {
    contributions.computeIfAbsent(step, s -> new ArrayList<>()).add(contribution);
  }

  /** Notes what the execution will need of the machine, whatever else runs there. */
  public void needs(Need need) {
    needs.add(need);
  }

  /** All that {@link #needs(Need)} noted; complete when the plan is assembled. */
  public List<Need> needs() {
    return needs;
  }

  /**
   * Notes what only one can have, such as a pid or a port. Of a tree that still runs it is the tree
   * who has it, so a dump does not ask.
   */
  public void takes(Need free) {
    taken.add(free);
  }

  /** All that {@link #takes(Need)} noted; complete when the plan is assembled. */
  public List<Need> taken() {
    return taken;
  }

  /** A call that a thread waits in, to be made when its program has come to its end. */
  @FunctionalInterface
  public interface Call {
    /**
     * Has the thread make it.
     *
     * @return what the kernel left in the register of the result
     */
    long begin(TrappedTask thread);
  }

  /**
   * Which call a thread waits in.
   *
   * @param nr its number
   */
  public record WaitsIn(int nr, Call call) {}

  /** Has the thread wait in a call when it goes. */
  public void waitsIn(int nr, Call call) {
    waitsIn = new WaitsIn(nr, call);
  }

  /** What the thread waits in; null for nothing. */
  public WaitsIn waitsIn() {
    return waitsIn;
  }

  /** The program object; empty until {@link #assemble}. */
  public Program program() {
    return program;
  }

  /** Appends all contributions in the order of the steps. */
  public Program assemble() {
    for (List<Contribution> step : contributions.values()) {
      for (Contribution contribution : step) {
        contribution.append(program);
      }
    }
    contributions.clear();
    return program;
  }
}
