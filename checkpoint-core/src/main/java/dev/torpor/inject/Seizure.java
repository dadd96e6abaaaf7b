// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the threads of a tree in ptrace stops. PTRACE_O_EXITKILL is never set: when Torpor dies the
 * kernel lets all of them go. Everything happens on the thread that made the object, since ptrace
 * is bound to it.
 *
 * <p>All threads must stop within the time given. wait4(2) has no time limit and nothing that can
 * be polled announces a stop, so the wait looks again and again: at once at first, for a thread
 * stops within microseconds as a rule, then with pauses.
 */
public final class Seizure implements AutoCloseable {
  /** Looks without a pause; many would keep the processor from a thread that is to stop on it. */
  private static final int EAGER_LOOKS = 20;

  private static final long FIRST_PAUSE_NANOS = 20_000;
  private static final long LONGEST_PAUSE_NANOS = 5_000_000;

  private final ProcFs proc;
  private final boolean frozen;
  private final int timeoutSeconds;
  private final long startNanos = System.nanoTime();
  private final Set<Integer> stopped = new HashSet<>();

  /** Told to stop and not awaited yet; frozen ones stop when their cgroup is thawed. */
  private final Deque<Integer> pending = new ArrayDeque<>();

  /** Signals that arrived for a thread while it was held, to be delivered when it is let go. */
  private final Map<Integer, Integer> signals = new LinkedHashMap<>();

  /**
   * Nothing is held yet.
   *
   * @param frozen whether the tree's cgroup is frozen: then threads are only told to stop, until
   *     {@link #awaitThawed}
   * @param timeoutSeconds how long it may take, from now on, until all threads have stopped; 0 is
   *     as long as it takes
   */
  public Seizure(ProcFs proc, boolean frozen, int timeoutSeconds) {
    this.proc = proc;
    this.frozen = frozen;
    this.timeoutSeconds = timeoutSeconds;
  }

  /**
   * Looks whether a process can be stopped by this JVM.
   *
   * @throws UnsupportedException if it is a child, whose stop the JVM would take for its end
   */
  public static void refuseChild(ProcFs proc, int pid) {
    if (proc.stat(pid, pid).ppid() == Unistd.getpid()) {
      throw new UnsupportedException(
          "task " + pid,
          "it is a child of this JVM, which would take its stop for its end; start it below a"
              + " shell that waits for it: sh -c 'setsid PROGRAM; :'");
    }
  }

  /**
   * Stops all threads of a task. A pass that finds no new thread proves that there is none left
   * running.
   *
   * @throws DumpException ETIMEDOUT if a thread does not stop in time
   */
  public void stop(int pid) {
    if (isLate()) {
      // Also what ends a chase after tasks that are born faster than they are stopped.
      throw late("task " + pid + " could not be stopped within ", pid);
    }
    boolean fresh;
    do {
      fresh = false;
      for (int tid : proc.threads(pid)) {
        if (!stopped.contains(tid) && !isWorker(pid, tid) && interrupt(tid)) {
          pending.add(tid);
          fresh = true;
        }
      }
      if (frozen) {
        return;
      }
      awaitPending();
    } while (fresh);
  }

  /**
   * Waits for the threads that were told to stop while they were frozen.
   *
   * @throws DumpException ETIMEDOUT if a thread does not stop in time
   */
  public void awaitThawed() {
    awaitPending();
  }

  private void awaitPending() {
    while (!pending.isEmpty()) {
      awaitStop(pending.peek());
      pending.remove();
    }
  }

  private boolean interrupt(int tid) {
    try {
      Ptrace.seize(tid, Ptrace.PTRACE_O_TRACESYSGOOD);
    } catch (ErrnoException e) {
      if (e.is(Errno.ESRCH) || isDead(tid)) {
        return false;
      }
      throw new DumpException(
          "cannot stop thread "
              + tid
              + ": "
              + e.getMessage()
              + (e.is(Errno.EPERM)
                  ? "; it is traced by a debugger already, or this process lacks CAP_SYS_PTRACE"
                  : ""),
          e.errno(),
          e);
    }
    Ptrace.interrupt(tid);
    return true;
  }

  /** It stops, but never returns from the kernel, so a call that it is to make would never end. */
  private boolean isWorker(int pid, int tid) {
    return tid != pid && proc.isWorker(pid, tid);
  }

  private boolean isDead(int tid) {
    char state = proc.stat(tid, tid).state();
    return state == 'Z' || state == 'X';
  }

  private void awaitStop(int tid) {
    int looks = 0;
    long pause = FIRST_PAUSE_NANOS;
    while (!hasStopped(tid)) {
      if (looks++ < EAGER_LOOKS) {
        continue;
      }
      if (isLate()) {
        throw late("thread " + tid + " did not stop within ", tid);
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_NANOS);
    }
  }

  /** Whether a thread that was told to stop stands, or is gone. */
  private boolean hasStopped(int tid) {
    WaitStatus status = Wait.wait4(tid, Wait.__WALL | Wait.WNOHANG);
    if (status.pid() == 0) {
      return false;
    }
    if (!status.isStopped()) {
      return true;
    }
    if (status.ptraceEvent() == Ptrace.PTRACE_EVENT_STOP) {
      stopped.add(tid);
      return true;
    }
    // A signal came first: let it be delivered, the stop follows before user code runs.
    Ptrace.cont(tid, status.stopSignal());
    return false;
  }

  private boolean isLate() {
    return timeoutSeconds > 0 && System.nanoTime() - startNanos >= timeoutSeconds * 1_000_000_000L;
  }

  private DumpException late(String what, int tid) {
    return new DumpException(
        what
            + timeoutSeconds
            + " s (--timeout), its state is "
            + state(tid)
            + "; it may be in an uninterruptible sleep, or in a frozen cgroup (--freeze-cgroup"
            + " names that); the tree goes on",
        Errno.ETIMEDOUT.number(),
        null);
  }

  private String state(int tid) {
    try {
      return String.valueOf(proc.stat(tid, tid).state());
    } catch (ProcException e) {
      return "unknown, for it has just ended";
    }
  }

  /** Notes a signal that a thread must get when it is let go. */
  public void deliverLater(int tid, int signal) {
    signals.put(tid, signal);
  }

  /** Whether the thread is held. */
  public boolean holds(int tid) {
    return stopped.contains(tid);
  }

  /**
   * Waits until all threads have ended, to be called when their processes were killed. Who looks
   * next finds them gone, and their pids free once their parents have waited.
   */
  public void awaitEnd() {
    try {
      while (!stopped.isEmpty()) {
        WaitStatus status = Wait.wait4(-1, Wait.__WALL | Wait.__WNOTHREAD);
        if (!status.isStopped()) {
          stopped.remove(status.pid());
        }
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ECHILD)) {
        throw e;
      }
    }
    stopped.clear();
  }

  /**
   * Lets all threads go; each goes on where it stood. One that was told to stop and has not stopped
   * cannot be let go: the kernel does that, and forgets that it was to stop, when the thread that
   * made this object ends.
   */
  @Override
  public void close() {
    for (int tid : pending) {
      hasStopped(tid);
    }
    pending.clear();
    for (int tid : stopped) {
      try {
        Ptrace.detach(tid, signals.getOrDefault(tid, 0));
      } catch (ErrnoException e) {
        // Killed from outside meanwhile: nothing left to let go.
        if (!e.is(Errno.ESRCH)) {
          throw e;
        }
      }
    }
    stopped.clear();
  }
}
