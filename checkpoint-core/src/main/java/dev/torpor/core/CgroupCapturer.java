// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.cgroup_entry;
import java.util.List;
import java.util.Map;

/** Captures the cgroups of a tree, and knows the one that its engine may have frozen. */
public interface CgroupCapturer extends AutoCloseable {
  /**
   * What was captured.
   *
   * @param entry of cgroup.img; null if it has none
   * @param dumperSetId {@code root_cg_set} of the inventory; 0 for none
   * @param setIds {@code cg_set} of each thread, by its id as Torpor sees it
   */
  record Captured(cgroup_entry entry, int dumperSetId, Map<Integer, Integer> setIds) {}

  /**
   * Reads what {@link #capture} will need, and refuses what it would; the tree runs.
   *
   * @param pids of its tasks; others than the root may end meanwhile
   */
  void rehearse(int rootPid, Iterable<Integer> pids);

  /**
   * Captures; the tree is stopped.
   *
   * @param threads of each task that is no zombie
   */
  Captured capture(int rootPid, Map<Integer, List<Integer>> threads);

  /** Whether the cgroup to freeze by was frozen when the dump began, and is to be so at its end. */
  boolean isFrozen();

  /** Thaws a frozen cgroup: frozen threads cannot enter the ptrace stops that wait for them. */
  void thaw();

  /** Freezes it again, without waiting: its tasks are still in their stops. */
  void freezeAgain();

  /** Lets go what was opened to read. */
  @Override
  void close();
}
