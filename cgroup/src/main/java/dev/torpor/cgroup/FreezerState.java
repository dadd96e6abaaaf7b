// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/**
 * The states of the cgroup freezer, named as in freezer.state of version 1
 * (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst).
 */
public enum FreezerState {
  /** Tasks run. */
  THAWED,
  /** The cgroup or an ancestor was told to freeze and some tasks still run. */
  FREEZING,
  /** No task of the cgroup and its descendants runs. */
  FROZEN
}
