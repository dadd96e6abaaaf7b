// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/** When a property is written back. */
enum RestoreMoment {
  /**
   * As soon as its directory has been made: the kernel refuses once there are tasks or children.
   */
  ON_CREATION,
  /** When the tasks are in: limits must not hinder the restore itself. */
  AFTER_TASKS,
  /** Last of all, before the tasks are let go. */
  BEFORE_RESUME
}
