// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.RunningStage;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Runs the programs of a restore: follows every clone, knows which task walks which program, and
 * stops at traps. All tasks are traced from birth with PTRACE_O_EXITKILL, so that none outlives a
 * restore that did not finish.
 */
final class Execution {
  private static final int OPTIONS =
      Ptrace.PTRACE_O_TRACECLONE
          | Ptrace.PTRACE_O_TRACEFORK
          | Ptrace.PTRACE_O_TRACEVFORK
          | Ptrace.PTRACE_O_TRACESYSGOOD
          | Ptrace.PTRACE_O_EXITKILL
          | Ptrace.PTRACE_O_SUSPEND_SECCOMP;

  /** Kept of {@link #OPTIONS} until a thread is let go. */
  private static final int SUSPENDED_SECCOMP_ONLY = Ptrace.PTRACE_O_SUSPEND_SECCOMP;

  private static final long DYING_NANOS = 1_000_000_000;

  private final RunningStage stage;
  private final Map<Integer, Program> programs = new HashMap<>();
  private final Map<Program, Integer> tids = new HashMap<>();

  /**
   * In their first stop; they wait there until their parent's event tells which program is theirs.
   */
  private final Set<Integer> newborn = new HashSet<>();

  /** In a group stop, which lasts while they go on for us. */
  private final Set<Integer> stopped = new HashSet<>();

  private final Set<Program> zombies;
  private final Function<Program, String> zombieInTheWay;
  private int endedZombies;
  private boolean letGo;
  private TrapHandler handler;

  /** What Torpor does while a task waits at a trap. */
  @FunctionalInterface
  interface TrapHandler {
    /** Does its part; true lets the task go on at once, false leaves it at the trap. */
    boolean handle(Op trap);
  }

  /**
   * Follows the programs of a stage.
   *
   * @param zombies programs whose task is to end
   * @param zombieInTheWay who else has the number that the task of a program is to have, or null
   */
  Execution(RunningStage stage, Set<Program> zombies, Function<Program, String> zombieInTheWay) {
    this.stage = stage;
    this.zombieInTheWay = zombieInTheWay;
    this.zombies = zombies;
  }

  /** Takes hold of the first task, which waits for its first word. */
  void begin(int pid, Program program) {
    Ptrace.seize(pid, OPTIONS);
    add(pid, program);
  }

  /** The id of the thread that walks a program, as Torpor sees it. */
  int tid(Program program) {
    Integer tid = tids.get(program);
    if (tid == null) {
      throw new IllegalStateException(program.subject() + " was not started");
    }
    return tid;
  }

  private void add(int tid, Program program) {
    programs.put(tid, program);
    tids.put(program, tid);
  }

  /**
   * Lets the tasks run until {@code count} of them stand at a trap; those stay there.
   *
   * @throws RestoreException if a call failed or a task died
   */
  void runToTraps(int count, TrapHandler handler) {
    this.handler = handler;
    int trapped = 0;
    // A zombie that has not ended when Torpor does would be killed, and seem to have been.
    while (trapped < count || endedZombies < zombies.size()) {
      WaitStatus status = Wait.wait4(-1, Wait.__WALL | Wait.__WNOTHREAD);
      trapped += handle(status);
    }
  }

  /** How many programs have newly come to a trap and stay there: one or none. */
  private int handle(WaitStatus status) {
    int tid = status.pid();
    if (!status.isStopped()) {
      return ended(status);
    }
    switch (status.ptraceEvent()) {
      case Ptrace.PTRACE_EVENT_CLONE, Ptrace.PTRACE_EVENT_FORK, Ptrace.PTRACE_EVENT_VFORK -> {
        born(tid, (int) Ptrace.getEventMessage(tid));
        Ptrace.cont(tid, 0);
        return 0;
      }
      case 0 -> {
        if (endsBySignal(tid)) {
          Ptrace.cont(tid, status.stopSignal());
          return 0;
        }
        if (stops(tid, status.stopSignal())) {
          Ptrace.cont(tid, stopped.contains(tid) ? 0 : status.stopSignal());
          return 0;
        }
        if (status.stopSignal() == Signal.SIGTRAP) {
          return trapped(tid);
        }
        return unexpected(tid, status);
      }
      default -> {
        if (programs.containsKey(tid)) {
          if (status.stopSignal() != Signal.SIGTRAP) {
            stopped.add(tid);
          }
          Ptrace.cont(tid, 0);
        } else {
          newborn.add(tid);
        }
        return 0;
      }
    }
  }

  /** A zombie that was killed is killed again, by itself: the signal stops at its tracer first. */
  private boolean endsBySignal(int tid) {
    Program program = programs.get(tid);
    return zombies.contains(program) && !stage.failed(program);
  }

  private boolean stops(int tid, int signal) {
    Program program = programs.get(tid);
    return program != null
        && !stage.isFinished(program)
        && stage.currentOp(program).stopSignal() == signal;
  }

  private void born(int parent, int tid) {
    Program child = stage.currentOp(programs.get(parent)).child();
    add(tid, child);
    if (newborn.remove(tid)) {
      Ptrace.cont(tid, 0);
    }
  }

  private int trapped(int tid) {
    Program program = programs.get(tid);
    if (stage.failed(program)) {
      throw failure(program);
    }
    if (!stage.isFinished(program) && handler.handle(stage.currentOp(program))) {
      Ptrace.cont(tid, 0);
      return 0;
    }
    return 1;
  }

  private RestoreException failure(Program program) {
    Op op = stage.currentOp(program);
    long result = stage.result(program, op);
    if (op.failure() != null) {
      return new RestoreException(op.purpose() + ": " + op.failure());
    }
    String message = op.purpose() + ": " + describe(op, result);
    int errno = result < 0 && result >= -4095 ? (int) -result : 0;
    return new RestoreException(message, errno, null);
  }

  private String describe(Op op, long result) {
    if (result >= 0 || result < -4095) {
      return "gave " + result + " instead of what was expected";
    }
    int errno = (int) -result;
    return Errno.describe(errno)
        + (op.child() == null ? "" : wayToStart(errno, zombieInTheWay.apply(op.child())));
  }

  /**
   * What lets a task or thread be started after clone3 has failed, with a semicolon before it.
   *
   * @param zombie who has its number and has ended, or null
   */
  static String wayToStart(int errno, String zombie) {
    if (errno == Errno.EEXIST.number() && zombie != null) {
      return "; its number is still that of " + zombie + " has not waited for yet: try again";
    }
    if (errno == Errno.EEXIST.number()) {
      return "; another process has this pid, or is in a group or session of this number:"
          + " end it, or restore in a new pid namespace";
    }
    if (errno == Errno.EAGAIN.number()) {
      return "; no more tasks are allowed here: raise pids.max of the cgroup or ulimit -u";
    }
    return "";
  }

  private int ended(WaitStatus status) {
    Program program = programs.get(status.pid());
    if (program != null && zombies.contains(program)) {
      endedZombies++;
      return 0;
    }
    // Others leave when one fails; the one that failed tells why.
    for (Program other : tids.keySet()) {
      if (stage.failed(other)) {
        throw failure(other);
      }
    }
    throw died(status);
  }

  private RestoreException died(WaitStatus status) {
    Program program = programs.get(status.pid());
    String text = who(program) + " died while it was restored" + where(program);
    boolean killed = status.isSignaled() && status.terminationSignal() == Signal.SIGKILL;
    return new RestoreException(
        text
            + " ("
            + status
            + (killed ? ", from outside or for want of memory: see the kernel's log)" : ")"));
  }

  private int unexpected(int tid, WaitStatus status) {
    Program program = programs.get(tid);
    throw new RestoreException(
        who(program)
            + " was hit by "
            + Signal.name(status.stopSignal())
            + " while it was restored"
            + where(program));
  }

  private static String who(Program program) {
    return program == null ? "a task" : program.subject();
  }

  private String where(Program program) {
    return program == null || stage.isFinished(program)
        ? ""
        : " at \"" + stage.currentOp(program).purpose() + "\"";
  }

  /** Continues all programs that stand at a trap. */
  void resume(Iterable<Program> trapped) {
    for (Program program : trapped) {
      Ptrace.cont(tid(program), 0);
    }
  }

  /** From here on the tasks survive Torpor's death. */
  void release() {
    for (int tid : programs.keySet()) {
      if (!zombies.contains(programs.get(tid))) {
        Ptrace.setOptions(tid, SUSPENDED_SECCOMP_ONLY);
      }
    }
  }

  /** Ends the tracing of a thread: from here on it is no longer ours, and nor is its number. */
  void detach(Program program) {
    int tid = tid(program);
    letGo = true;
    Ptrace.detach(tid, 0);
    programs.remove(tid);
  }

  /** Whether a task may run that {@link #killAll} does not end any more. */
  boolean hasLetGo() {
    return letGo;
  }

  /**
   * Why a call failed: ptrace knows no task that was killed meanwhile, by whomever.
   *
   * @return who died, or the failure itself if nobody did
   */
  RuntimeException reason(ErrnoException failure) {
    if (!failure.is(Errno.ESRCH)) {
      return failure;
    }
    // A task that is being killed is not in its stop any more, but has not ended yet either.
    long deadline = System.nanoTime() + DYING_NANOS;
    while (System.nanoTime() < deadline) {
      WaitStatus status = Wait.wait4(-1, Wait.__WALL | Wait.__WNOTHREAD | Wait.WNOHANG);
      boolean ended = status.isSignaled() || status.isExited();
      if (ended && !zombies.contains(programs.get(status.pid()))) {
        return died(status);
      }
      if (status.pid() == 0) {
        LockSupport.parkNanos(DYING_NANOS / 1000);
      }
    }
    return failure;
  }

  /**
   * Ends all tasks that are still traced and waits until they are gone; also those that were just
   * born and that nothing is known of yet, which would wait in their first stop for ever.
   */
  void killAll() {
    programs.keySet().forEach(Execution::kill);
    newborn.forEach(Execution::kill);
    try {
      while (true) {
        WaitStatus status = Wait.wait4(-1, Wait.__WALL | Wait.__WNOTHREAD);
        if (status.isStopped()) {
          kill(status.pid());
        }
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ECHILD)) {
        throw e;
      }
    }
  }

  private static void kill(int tid) {
    try {
      Signal.kill(tid, Signal.SIGKILL);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ESRCH)) {
        throw e;
      }
    }
  }
}
