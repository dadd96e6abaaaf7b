// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.image.proto.dump_stats_entry;
import dev.torpor.image.proto.restore_stats_entry;
import dev.torpor.linux.ErrnoException;
import java.util.List;

/** What the front ends drive; the seam at which tests stand in for the kernel's part. */
public interface Engine {
  /**
   * What a dump came to.
   *
   * @param postDumpStatus 0, or what the post-dump hook said, which let the tasks live
   * @param statistics of the dump, null when the hook cancelled it
   */
  record Dumped(int postDumpStatus, dump_stats_entry statistics) {}

  /**
   * What a restore came to.
   *
   * @param rootPid root task as Torpor sees it
   * @param statistics of the restore
   */
  record Restored(int rootPid, restore_stats_entry statistics) {}

  /** Writes images of a tree; the tree runs on when this throws. */
  Dumped dump(Job job);

  /**
   * Runs a program of the user's with the caller's environment, and waits for its end.
   *
   * @param program path, or a name to look for in PATH
   * @param variables what its environment has besides, as {@code NAME=VALUE}
   * @param directoryFd where it runs
   * @param outputFd takes what it writes
   * @return its status as of wait(2)
   * @throws ErrnoException if it cannot be run
   */
  int runScript(String program, List<String> variables, int directoryFd, int outputFd);

  /** What bringing a tree back would be, as text; nothing is made. */
  String plan(Job job);

  /** Brings a tree back; nothing of it is left when this throws. */
  Restored restore(Job job);
}
