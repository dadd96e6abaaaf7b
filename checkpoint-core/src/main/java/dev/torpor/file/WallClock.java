// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Time;

/**
 * The time of day for which a restore is planned; a fact that a caller may give.
 *
 * @param nanos CLOCK_REALTIME
 */
record WallClock(long nanos) {
  static WallClock now() {
    return new WallClock(Time.nanos(Time.CLOCK_REALTIME));
  }
}
