// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.signal.AlternateStack;
import dev.torpor.signal.ParentDeathSignal;
import dev.torpor.signal.PendingSignals;
import dev.torpor.signal.SignalActions;
import dev.torpor.signal.SignalMask;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.ChildSubreaper;
import dev.torpor.task.ClearTid;
import dev.torpor.task.Credentials;
import dev.torpor.task.Limits;
import dev.torpor.task.LoginUid;
import dev.torpor.task.MembarrierRegistrations;
import dev.torpor.task.Name;
import dev.torpor.task.OomScoreAdj;
import dev.torpor.task.Personality;
import dev.torpor.task.RobustList;
import dev.torpor.task.Rseq;
import dev.torpor.task.Scheduling;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.SeccompState;
import dev.torpor.task.TaskFlags;
import dev.torpor.task.ThreadNamespaces;
import dev.torpor.task.ThreadRoom;
import dev.torpor.timer.IntervalTimers;
import dev.torpor.timer.PosixTimers;
import java.util.List;

/**
 * All that threads have beside registers. The one list to add to.
 *
 * <p>Ordering: calls of one step run in the order of the list. So
 *
 * <ul>
 *   <li>limits come behind what opens a file;
 *   <li>pending signals behind actions, which can drop them, and before timers, which add to them;
 *   <li>the parent death signal behind the credentials, which clear it.
 * </ul>
 *
 * <p>In a dump those that look through ptrace see a thread as it was stopped, before it answers.
 */
public final class ThreadRooms {
  private ThreadRooms() {}

  /** For a dump that puts seccomp filters into {@code filters}. */
  public static List<ThreadRoom> forDump(SeccompFilters filters) {
    return all(filters, -1, 0);
  }

  /**
   * For a restore.
   *
   * @param filters those of the image
   * @param procFd descriptor of /proc of the tree's pid namespace while programs run
   * @param lastCapability highest capability of this kernel
   */
  public static List<ThreadRoom> forRestore(
      SeccompFilters filters, int procFd, int lastCapability) {
    return all(filters, procFd, lastCapability);
  }

  private static List<ThreadRoom> all(SeccompFilters filters, int procFd, int lastCapability) {
    return List.of(
        new ThreadNamespaces(),
        new StopSignal(),
        new SignalMask(),
        new Rseq(),
        new SignalActions(),
        new PendingSignals(),
        new AlternateStack(),
        new IntervalTimers(),
        new PosixTimers(),
        new Name(),
        new Personality(),
        new TaskFlags(),
        new ClearTid(),
        new RobustList(),
        new Scheduling(),
        new MembarrierRegistrations(),
        new ChildSubreaper(),
        new OomScoreAdj(procFd),
        new LoginUid(procFd),
        new Limits(),
        new SeccompState(filters),
        new Credentials(lastCapability),
        new ParentDeathSignal());
  }
}
