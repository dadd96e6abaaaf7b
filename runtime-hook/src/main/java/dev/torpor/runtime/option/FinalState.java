// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** What becomes of the tasks at the end. */
public enum FinalState {
  /** A dump ends them, a restore lets them run. */
  DEFAULT,
  /** They run ({@code --leave-running}). */
  RUNNING,
  /** They are stopped ({@code --leave-stopped}). */
  STOPPED
}
