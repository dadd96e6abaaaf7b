// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import java.util.List;

/**
 * A fact: the addresses that a restore uses for itself, and no task before or after.
 *
 * @param bounds of its parts, ascending; the stage lies between the second and the third
 */
public record StagePlace(List<Long> bounds) {
  /** Where the room for the stage ends. */
  public long end() {
    return bounds.get(2);
  }

  /** Where the stage begins. */
  public long stage() {
    return bounds.get(1);
  }
}
