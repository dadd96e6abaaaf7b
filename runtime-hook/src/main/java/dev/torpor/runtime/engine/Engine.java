// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.image.proto.dump_stats_entry;
import dev.torpor.image.proto.restore_stats_entry;

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

  /** Brings a tree back; nothing of it is left when this throws. */
  Restored restore(Job job);
}
