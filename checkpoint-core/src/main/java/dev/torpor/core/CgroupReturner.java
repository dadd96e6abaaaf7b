// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.cgroup_entry;

/** Brings cgroups back and moves tasks into them, from outside. Called in the order given here. */
public interface CgroupReturner {
  /** Makes the directories that are missing, before the first task exists. */
  void prepare(cgroup_entry entry);

  /** Moves the root task to where its cgroup namespace begins. */
  void enterNamespaceRoot(int pid, int setId);

  /** Moves a task into the cgroups of a set. */
  void move(int pid, int setId);

  /** Moves a thread, where hierarchies tell threads apart. */
  void moveThread(int tid, int setId);

  /** Sets limits, when memory is filled. */
  void applyProperties();

  /** Freezes what was frozen, right before the tasks are let go. */
  void restoreFreezer();

  /**
   * Lets tasks run in what {@link #restoreFreezer} froze, because they are to be ended: in a frozen
   * cgroup of version 1 SIGKILL waits.
   */
  void thaw();

  /** Takes all of it back, when the tasks are dead. */
  void undo();
}
