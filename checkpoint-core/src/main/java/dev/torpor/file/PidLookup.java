// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** How images number a task. */
@FunctionalInterface
public interface PidLookup {
  /**
   * The pid in the tree's own pid namespace.
   *
   * @param pid of a task, thread, process group or session, as Torpor sees it
   * @return 0 if no task of the tree has it
   */
  int imagePid(int pid);
}
