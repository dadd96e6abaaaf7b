// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.arch.CallRegisters;
import dev.torpor.arch.Gadgets;
import dev.torpor.arch.Registers;
import dev.torpor.concurrent.SecondThread;
import dev.torpor.image.FieldWriter;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Program;
import dev.torpor.inject.RemoteCaller;
import dev.torpor.inject.Scratch;
import dev.torpor.inject.Seizure;
import dev.torpor.linux.UserRegs;
import dev.torpor.memory.AddressSpaceRoom;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.TaskStatus;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import dev.torpor.task.ThreadEntry;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import dev.torpor.task.Warnings;
import dev.torpor.timer.TraceeMemory;
import dev.torpor.timer.WaitingCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * Captures threads: reads what /proc says, puts the questions and makes image entries of the
 * answers. Only the questions are bound to the thread that holds the tree. Of many threads, others
 * are read ahead {@link SecondThread}; entries are left to be made.
 */
final class ThreadCapture {
  private static final int ALIVE = 1;

  /**
   * How many threads are read ahead at most; in runs of half as many, since a thread that has no
   * work falls asleep.
   */
  private static final int READ_AHEAD = 512;

  /** A leader counts as so many: it has mappings. */
  private static final int LEADER = 16;

  private final ProcFs proc;
  private final SeccompFilters seccomp = new SeccompFilters();
  private final WaitingCalls waitingCalls;
  private final Facts facts;
  private final List<ThreadRoom> rooms;
  private final AddressSpaceRoom addressSpaces;
  private final Registers registers;
  private final Warnings warnings = new Warnings();
  private final Seizure seizure;
  private final SecondThread second;
  private final List<int[]> expected = new ArrayList<>();
  private final Map<Integer, FutureTask<Looks>> ahead = new HashMap<>();
  private boolean many;
  private int begun;
  private int waiting;

  /**
   * Nothing is captured yet.
   *
   * @param seizure holds the threads; null for a rehearsal
   * @param traceeMemory the same for the rehearsal and what follows
   */
  ThreadCapture(
      List<ThreadRoom> rooms,
      ProcFs proc,
      AddressSpaceRoom addressSpaces,
      Registers registers,
      Seizure seizure,
      SecondThread second,
      WaitingCalls waitingCalls,
      TraceeMemory traceeMemory) {
    this.rooms = rooms;
    this.proc = proc;
    this.addressSpaces = addressSpaces;
    this.registers = registers;
    this.seizure = seizure;
    this.second = second;
    this.waitingCalls = waitingCalls;
    this.facts = new Facts().with(seccomp).with(traceeMemory).with(warnings);
  }

  /** What is lost with threads. */
  List<String> warnings() {
    return warnings.lines();
  }

  /**
   * What was seen of a thread.
   *
   * @param stat of a leader
   * @param mappings of a leader
   * @param questions what to ask a stopped thread; null if that takes ptrace requests
   */
  record Looks(TaskStat stat, TaskStatus status, List<Mapping> mappings, Questions questions) {}

  /** Filters of all threads. */
  SeccompFilters seccomp() {
    return seccomp;
  }

  /** Announces all threads that {@link #looks} will be asked for, in that order. */
  void expect(TaskTree tree) {
    facts.with(tree);
    int count = 0;
    for (Task task : tree.tasks()) {
      count += task.threads().size();
      for (int tid : task.isZombie() ? List.<Integer>of() : task.threads()) {
        // In a rehearsal two threads share the others.
        if (seizure != null || tid == task.pid()) {
          expected.add(new int[] {task.pid(), tid});
        }
      }
    }
    many = count >= SecondThread.MANY;
  }

  /** Looks at a thread, unless that was done ahead. */
  Looks looks(int pid, int tid) throws IOException {
    if (many && waiting <= READ_AHEAD / 2) {
      while (begun < expected.size() && waiting < READ_AHEAD) {
        int[] next = expected.get(begun++);
        waiting += weight(next[0], next[1]);
        ahead.put(next[1], second.begin(() -> look(next[0], next[1])));
      }
    }
    FutureTask<Looks> read = ahead.remove(tid);
    if (read == null) {
      return look(pid, tid);
    }
    waiting -= weight(pid, tid);
    return SecondThread.result(read);
  }

  private boolean asksTracee(ThreadState thread) {
    for (ThreadRoom room : rooms) {
      if (room.asksTracee(thread)) {
        return true;
      }
    }
    return false;
  }

  private static int weight(int pid, int tid) {
    return pid == tid ? LEADER : 1;
  }

  private Looks look(int pid, int tid) {
    if (pid == tid) {
      List<Mapping> mappings = addressSpaces.mappings(pid);
      return new Looks(proc.stat(pid, tid), proc.status(pid, tid), mappings, null);
    }
    return lookAtThread(pid, tid);
  }

  private Looks lookAtThread(int pid, int tid) {
    ThreadState thread = new ThreadState(pid, tid, false, proc, true, facts);
    return new Looks(
        null, thread.status(), List.of(), asksTracee(thread) ? null : ask(thread, List.of()));
  }

  /** Tells the rooms of all threads something. */
  void tell(Object fact) {
    facts.with(fact);
  }

  /** Says what is lost. */
  void warn(String line) {
    warnings.add(line);
  }

  /** Where the threads are seen. */
  ProcFs proc() {
    return proc;
  }

  /**
   * Looks at the threads of a running task, and refuses what cannot be carried.
   *
   * @param leader what was seen of the leader
   * @param first whether this is the first task: what would be done with its answers is done once
   */
  void rehearse(CapturedTask captured, Looks leader, Gadgets.Found gadgets, boolean first)
      throws IOException {
    Task task = captured.task();
    ThreadState thread =
        new ThreadState(task.pid(), task.pid(), proc, false, facts)
            .withRead(leader.stat(), leader.status());
    Questions questions = ask(thread, leader.mappings());
    if (first) {
      RemoteCaller.rehearse(gadgets, questions.program);
      rehearseAnswers(questions);
    }
    if (task.hasOutlivedLeader()) {
      facts.get(TraceeMemory.class).prepare();
    }
    List<Integer> others = others(task);
    if (others.size() < SecondThread.MANY) {
      rehearse(task, others);
      return;
    }
    int half = others.size() / 2;
    FutureTask<Void> rest = second.begin(() -> rehearse(task, others.subList(half, others.size())));
    rehearse(task, others.subList(0, half));
    SecondThread.result(rest);
  }

  private Void rehearse(Task task, List<Integer> tids) throws IOException {
    for (int tid : tids) {
      ThreadState thread = new ThreadState(task.pid(), tid, false, proc, false, facts);
      RunningTasks.look(proc, task.pid(), tid, () -> refuse(thread));
    }
    return null;
  }

  private void refuse(ThreadState thread) {
    for (ThreadRoom room : rooms) {
      room.refuse(thread);
    }
  }

  /**
   * Captures the threads of a stopped task.
   *
   * @param dumpMemory is begun as soon as what it dumps stays as it is, and all is known of it:
   *     what is asked of other threads than the leader changes the scratch memory, and what the
   *     kernel keeps in rseq areas, of which the entries of threads have what counts
   */
  void capture(
      CapturedTask captured, Looks leader, Gadgets.Found gadgets, Callable<Void> dumpMemory)
      throws IOException {
    Task task = captured.task();
    int pid = task.pid();
    try (Scratch scratch = Scratch.of(pid, task.threads(), leader.mappings(), registers.layout())) {
      captured.blank(scratch.blank());
      captured.threads().add(leader(captured, leader, gadgets, scratch));
      if (scratch.blank() != null) {
        captured.pages(later(dumpMemory));
      }
      for (int tid : others(task)) {
        Looks looks = tid == pid ? lookAtThread(pid, tid) : looks(pid, tid);
        captured.threads().add(capture(captured, tid, looks, gadgets, scratch));
      }
    }
    if (captured.blank() == null) {
      captured.pages(later(dumpMemory));
    }
  }

  /** All but the leader: also who stands for a leader that has ended. */
  private static List<Integer> others(Task task) {
    List<Integer> threads = task.threads();
    return task.hasOutlivedLeader() ? threads : threads.subList(1, threads.size());
  }

  /** Of a leader that has ended the entry has what its process has, and how it ended. */
  private CapturedThread leader(
      CapturedTask captured, Looks looks, Gadgets.Found gadgets, Scratch scratch) {
    Task task = captured.task();
    CapturedThread thread = capture(captured, task.pid(), looks, gadgets, scratch);
    if (!task.hasOutlivedLeader()) {
      return thread;
    }
    Integer deathSignal = facts.get(TraceeMemory.class).deathSignalOfLeader(task.pid());
    if (deathSignal == null) {
      warnings.add(
          task.subject()
              + ": whether it is to get a signal when its parent ends (PR_SET_PDEATHSIG) only"
              + " memory of the kernel tells, since its main thread has ended; it takes BPF, and"
              + " will get none");
    }
    return EndedLeader.captured(task, thread, deathSignal == null ? 0 : deathSignal);
  }

  private CapturedThread capture(
      CapturedTask captured, int tid, Looks looks, Gadgets.Found gadgets, Scratch scratch) {
    int pid = captured.task().pid();
    Questions questions = looks.questions;
    if (questions == null) {
      ThreadState stopped = new ThreadState(pid, tid, looks.stat != null, proc, true, facts);
      questions = ask(stopped.withRead(looks.stat, looks.status), looks.mappings);
    }
    ThreadState thread = questions.thread;
    FutureTask<CapturedThread.Core> core;
    Answers given;
    try (RemoteCaller caller = new RemoteCaller(tid, gadgets, scratch, thread.status())) {
      Answers answers = caller.run(questions.program);
      long[] regs = caller.restartedRegisters();
      long[] xstate = caller.xstate(registers.xstateBytes());
      thread.withStop(caller.rseq(), caller.sigmask());
      thread.dispatches(caller.dispatch());
      thread.waitsIn(waitingCalls.see(thread.subject(), pid, tid, caller.interrupted(), regs));
      Questions asked = questions;
      core = new FutureTask<>(() -> entry(asked, answers, regs, xstate));
      given = answers;
      if (questions.space != null) {
        captured.mm(questions.space.entry(answers));
      }
      if (caller.stopSignal() != 0) {
        seizure.deliverLater(tid, caller.stopSignal());
      }
    }
    if (questions.children != null) {
      thread.continuedChildren(
          questions.children.find(given, captured.task(), thread, gadgets, scratch));
    }
    return new CapturedThread(tid, thread.status().innermost("NSpid"), core);
  }

  /** Work that is done beside if there is much of it. */
  private <T> FutureTask<T> later(Callable<T> work) {
    return many ? second.begin(work) : new FutureTask<>(work);
  }

  /** What is asked of a thread, and who makes what of the answers. */
  private record Questions(
      ThreadState thread,
      Program program,
      List<ThreadRoom.Capture> captures,
      AddressSpaceRoom.Capture space,
      ContinuedChildren children) {}

  private Questions ask(ThreadState thread, List<Mapping> mappings) {
    Program program = new Program(thread.subject());
    List<ThreadRoom.Capture> captures = new ArrayList<>(rooms.size());
    for (ThreadRoom room : rooms) {
      captures.add(room.ask(thread, program));
    }
    AddressSpaceRoom.Capture space =
        thread.isLeader()
            ? addressSpaces.capture(thread.pid(), thread.stat(), mappings, program)
            : null;
    ContinuedChildren children = thread.isLeader() ? new ContinuedChildren(program) : null;
    return new Questions(thread, program, captures, space, children);
  }

  private CapturedThread.Core entry(
      Questions questions, Answers answers, long[] regs, long[] xstate) {
    ThreadEntry core = new ThreadEntry();
    for (ThreadRoom.Capture capture : questions.captures) {
      capture.into(core, answers);
    }
    if (questions.space != null) {
      int state = core.task().hasStopSigno() ? StopSignal.TASK_STOPPED : ALIVE;
      core.task().setTaskState(state).setExitCode(0);
      core.task().addAllContinuedChildren(questions.thread.continuedChildren());
    }
    FieldWriter info =
        registers.capture(questions.thread.subject(), regs, xstate, core.clearTidAddress());
    return new CapturedThread.Core(info, core);
  }

  /** What is done with answers, over zeros and into nothing, so that it has run once. */
  private void rehearseAnswers(Questions questions) {
    long[] regs = new long[UserRegs.SIZEOF / Long.BYTES];
    long[] xstate = new long[registers.xstateBytes() / Long.BYTES];
    regs[UserRegs.cs / Long.BYTES] = CallRegisters.USER_CS;
    entry(questions, Answers.ZEROS, regs, xstate);
    questions.space.entry(Answers.ZEROS);
  }
}
