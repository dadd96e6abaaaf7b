// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.TorporException;

/**
 * Checkpoint and restore of process trees.
 *
 * <p>Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE and CAP_SYS_PTRACE, and Linux 6.7 or newer.
 * Calls block; ptrace binds an operation to the platform thread that started it.
 */
public final class Checkpointer {
  /**
   * Dumps a tree.
   *
   * @return the statistics, and the status of a post-dump script that forbade to end the tree
   * @throws TorporException if it could not be done; the tree runs on as before
   */
  public DumpResult dump(DumpOptions options) {
    return new Dump(options).run();
  }

  /**
   * Shows what a restore would do, without doing any of it: no task, file or cgroup is made. Needs
   * no right but to read the images.
   *
   * @param launcher would start the root task
   * @return for each thread its number and the calls of its program, as {@link
   *     dev.torpor.inject.ProgramPrinter} prints them
   * @throws TorporException for anything wrong with the images, or that is not carried
   */
  public String plan(RestoreOptions options, Launcher launcher) {
    return new Restore(options, launcher).printedPlan();
  }

  /**
   * Restores a tree.
   *
   * @param launcher starts its root task
   * @return the statistics, and the root task's pid
   * @throws TorporException if it could not be done; nothing of it is left
   */
  public RestoreResult restore(RestoreOptions options, Launcher launcher) {
    return new Restore(options, launcher).run();
  }
}
