// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fs_entry;
import dev.torpor.plan.ThreadPlan;

/**
 * A task to be restored, as the files rooms see it.
 *
 * @param parentPid who spawns it, 0 for the root task
 * @param filesId {@code files_id} of its ids-PID.img; a child with its parent's id is spawned with
 *     CLONE_FILES
 * @param fs its fs-PID.img, or null if another task it shares them with (CLONE_FS) sets them
 * @param plan the plan of its leader
 */
public record TaskFiles(int parentPid, int filesId, fs_entry fs, ThreadPlan plan) {
  /** As numbered in the images. */
  public int pid() {
    return plan.pid();
  }
}
