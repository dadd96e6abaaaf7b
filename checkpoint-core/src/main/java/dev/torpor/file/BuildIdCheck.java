// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.reg_file_entry;

/**
 * A comparison that is made from outside, while the tasks of a restore wait for each other with all
 * files open.
 *
 * @param pid of a task that has the file
 * @param fd which of its descriptors it is
 * @param file what the images say
 * @param purpose what a user reads if it fails
 */
public record BuildIdCheck(int pid, int fd, reg_file_entry file, String purpose) {
  /**
   * Whether the file is the one that was dumped.
   *
   * @param tid the task as Torpor sees it
   */
  public boolean holds(int tid) {
    return BuildId.ofPath("/proc/" + tid + "/fd/" + fd).equals(file.getBuildIdList());
  }
}
