// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.core.DumpException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Holds the threads of a tree in ptrace stops. PTRACE_O_EXITKILL is never set: when Torpor dies the
 * kernel lets all of them go. Everything happens on the thread that made the object, since ptrace
 * is bound to it.
 */
public final class Seizure implements AutoCloseable {
  private final ProcFs proc;
  private final boolean frozen;
  private final Set<Integer> stopped = new HashSet<>();

  /** Frozen threads that will stop when their cgroup is thawed. */
  private final List<Integer> pending = new ArrayList<>();

  /** Signals that arrived for a thread while it was held, to be delivered when it is let go. */
  private final Map<Integer, Integer> signals = new LinkedHashMap<>();

  /**
   * Nothing is held yet.
   *
   * @param frozen whether the tree's cgroup is frozen: then threads are only told to stop, until
   *     {@link #awaitThawed}
   */
  public Seizure(ProcFs proc, boolean frozen) {
    this.proc = proc;
    this.frozen = frozen;
  }

  /**
   * Stops all threads of a task. A pass that finds no new thread proves that there is none left
   * running.
   */
  public void stop(Task task) {
    if (frozen) {
      for (int tid : proc.threads(task.pid())) {
        if (interrupt(tid)) {
          pending.add(tid);
        }
      }
      return;
    }
    List<Integer> fresh;
    do {
      fresh = new ArrayList<>();
      for (int tid : proc.threads(task.pid())) {
        if (!stopped.contains(tid) && interrupt(tid)) {
          fresh.add(tid);
        }
      }
      for (int tid : fresh) {
        awaitStop(tid);
      }
    } while (!fresh.isEmpty());
  }

  /** Waits for the threads that were told to stop while they were frozen. */
  public void awaitThawed() {
    for (int tid : pending) {
      awaitStop(tid);
    }
    pending.clear();
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

  private boolean isDead(int tid) {
    char state = proc.stat(tid, tid).state();
    return state == 'Z' || state == 'X';
  }

  private void awaitStop(int tid) {
    while (true) {
      WaitStatus status = Wait.wait4(tid, Wait.__WALL);
      if (!status.isStopped()) {
        return;
      }
      if (status.ptraceEvent() == Ptrace.PTRACE_EVENT_STOP) {
        stopped.add(tid);
        return;
      }
      // A signal came first: let it be delivered, the stop follows before user code runs.
      Ptrace.cont(tid, status.stopSignal());
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

  /** Lets all threads go; each goes on where it stood. */
  @Override
  public void close() {
    awaitThawed();
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
