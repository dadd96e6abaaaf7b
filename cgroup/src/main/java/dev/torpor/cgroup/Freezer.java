// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Path;
import java.util.Set;

/**
 * The freezer of one cgroup: {@code freezer.state} of version 1, {@code cgroup.freeze} and {@code
 * cgroup.events} of version 2 (since Linux 5.2).
 *
 * <p>A task frozen by version 1 cannot enter a ptrace stop: thaw first, stop the tasks, and put
 * back {@link #originState()} before detaching. Version 2 has no such limit. Engines pause a
 * container before they ask for its dump and resume it themselves: what was FROZEN must be FROZEN
 * again afterwards (as CRIU does with {@code --freeze-cgroup}).
 *
 * <p>Not for use by several threads.
 */
public abstract sealed class Freezer permits FreezerV1, FreezerV2 {
  private static final long FIRST_WAIT_NANOS = 100_000;
  private static final long LONGEST_WAIT_NANOS = 10_000_000;

  final CgroupDirectory directory;
  private FreezerState origin;

  Freezer(CgroupDirectory directory) {
    this.directory = directory;
  }

  /**
   * Opens the freezer of a cgroup and notes its state as the origin state.
   *
   * @param path directory of the cgroup
   * @throws CgroupException if the directory is no cgroup with a freezer (a root cgroup has none)
   */
  public static Freezer of(Path path) throws CgroupException {
    CgroupDirectory directory = new CgroupDirectory(path);
    Freezer freezer;
    if (directory.has(FreezerV1.STATE)) {
      freezer = new FreezerV1(directory);
    } else if (directory.has(FreezerV2.FREEZE)) {
      freezer = new FreezerV2(directory);
    } else {
      throw new CgroupException(
          "freezer of "
              + path
              + ": neither "
              + FreezerV1.STATE
              + " (version 1) nor "
              + FreezerV2.FREEZE
              + " (version 2) there; name a cgroup below the root of its hierarchy");
    }
    freezer.origin = freezer.state();
    return freezer;
  }

  /** The directory of the cgroup. */
  public final Path path() {
    return directory.path();
  }

  /** 1 or 2: the cgroup version. */
  public abstract int version();

  /** True if frozen tasks can be stopped by ptrace: only with version 2. */
  public final boolean frozenTasksCanBeTraced() {
    return version() == 2;
  }

  /** The state when this object was made. FREEZING counts as FROZEN: somebody asked for it. */
  public final FreezerState originState() {
    return origin == FreezerState.FREEZING ? FreezerState.FROZEN : origin;
  }

  /**
   * The state now, ancestors' wishes included.
   *
   * @throws CgroupException if it cannot be read
   */
  public abstract FreezerState state() throws CgroupException;

  /**
   * Freezes the cgroup and all below and waits. If the deadline passes, what was not frozen at the
   * beginning of the call is thawed again.
   *
   * @param timeoutMillis how long to wait
   * @throws FreezerException if the tasks are not frozen in time
   * @throws CgroupException if the freezer cannot be read or written
   */
  public final void freeze(long timeoutMillis) throws CgroupException {
    if (state() == FreezerState.FROZEN) {
      return;
    }
    boolean wanted = isWanted();
    request(FreezerState.FROZEN);
    FreezerState reached = await(FreezerState.FROZEN, timeoutMillis);
    if (reached != FreezerState.FROZEN) {
      if (!wanted) {
        request(FreezerState.THAWED);
      }
      throw new FreezerException(
          path(),
          FreezerState.FROZEN,
          reached,
          "some task did not stop within "
              + timeoutMillis
              + " ms (uninterruptible sleep, or stopped by a tracer); raise --timeout");
    }
  }

  /**
   * Thaws the cgroup and waits until its tasks may run.
   *
   * @param timeoutMillis how long to wait
   * @throws FreezerException if it stays frozen, for instance because an ancestor is
   * @throws CgroupException if the freezer cannot be read or written
   */
  public final void thaw(long timeoutMillis) throws CgroupException {
    request(FreezerState.THAWED);
    Path ancestor = frozenAncestor();
    FreezerState reached = ancestor == null ? await(FreezerState.THAWED, timeoutMillis) : state();
    if (reached != FreezerState.THAWED) {
      String why =
          ancestor == null
              ? "did not thaw within " + timeoutMillis + " ms"
              : "ancestor " + ancestor + " is frozen; thaw or name that one";
      throw new FreezerException(path(), FreezerState.THAWED, reached, why);
    }
  }

  /**
   * Puts back the state that was found in the beginning.
   *
   * @param timeoutMillis how long to wait
   * @throws CgroupException as {@link #freeze} and {@link #thaw}
   */
  public final void restoreOrigin(long timeoutMillis) throws CgroupException {
    if (originState() == FreezerState.FROZEN) {
      freeze(timeoutMillis);
    } else if (state() != FreezerState.THAWED) {
      thaw(timeoutMillis);
    }
  }

  /**
   * The processes in this cgroup and all below.
   *
   * @throws CgroupException if a list cannot be read
   */
  public final Set<Integer> processes() throws CgroupException {
    return directory.processes();
  }

  /**
   * The threads in this cgroup and all below.
   *
   * @throws CgroupException if a list cannot be read
   */
  public final Set<Integer> threads() throws CgroupException {
    return directory.threads();
  }

  /** Asks for a state without waiting. */
  public abstract void request(FreezerState wanted) throws CgroupException;

  /** Whether this cgroup itself, not an ancestor, has been told to freeze. */
  abstract boolean isWanted() throws CgroupException;

  /** The nearest ancestor that keeps this cgroup frozen, or null. */
  final Path frozenAncestor() throws CgroupException {
    for (Path up = path().getParent(); up != null; up = up.getParent()) {
      CgroupDirectory parent = new CgroupDirectory(up);
      if (!parent.has(stateFile())) {
        return null;
      }
      if (sibling(parent).isWanted()) {
        return up;
      }
    }
    return null;
  }

  abstract String stateFile();

  abstract Freezer sibling(CgroupDirectory other);

  private FreezerState await(FreezerState wanted, long timeoutMillis) throws CgroupException {
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
    long wait = FIRST_WAIT_NANOS;
    while (true) {
      FreezerState state = state();
      if (state == wanted || System.nanoTime() - deadline >= 0) {
        return state;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_NANOS);
    }
  }
}
