// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import dev.torpor.error.UnsupportedException;
import java.util.List;

/** A range of addresses that no task uses, neither before nor after its restore. */
public final class FreeZone {
  private static final long FIRST = 0x1000_0000_0000L;
  private static final long LAST = 0x7000_0000_0000L;
  private static final long STRIDE = 1L << 36;

  private FreeZone() {}

  /**
   * Finds one.
   *
   * @param used pairs of first address and first address behind
   * @return its first address
   */
  public static long find(List<long[]> used, long lengthBytes) {
    for (long start = FIRST; start + lengthBytes < LAST; start += STRIDE) {
      if (isFree(used, start, start + lengthBytes)) {
        return start;
      }
    }
    throw new UnsupportedException(
        "the tree",
        "its tasks leave no " + lengthBytes + " bytes of addresses free to restore from");
  }

  private static boolean isFree(List<long[]> used, long start, long end) {
    for (long[] range : used) {
      if (Long.compareUnsigned(range[0], end) < 0 && Long.compareUnsigned(range[1], start) > 0) {
        return false;
      }
    }
    return true;
  }
}
