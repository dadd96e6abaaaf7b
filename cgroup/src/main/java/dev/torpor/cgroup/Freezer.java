// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Path;

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
}
