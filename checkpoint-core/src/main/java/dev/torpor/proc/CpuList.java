// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.Arrays;

/** Lists of processors as the kernel prints them, cpuset(7): {@code 0-2,7}. */
public final class CpuList {
  /** More than any kernel is built for (NR_CPUS). */
  private static final int MOST = 1 << 16;

  private CpuList() {}

  /**
   * As the mask of sched_setaffinity(2).
   *
   * @return whole words of 64 bits; null if it is no such list
   */
  public static byte[] mask(String list) {
    byte[] mask = new byte[MOST / Byte.SIZE];
    int highest = -1;
    for (String range : Words.split(list, ',')) {
      int dash = range.indexOf('-');
      int first = number(dash < 0 ? range : range.substring(0, dash));
      int last = dash < 0 ? first : number(range.substring(dash + 1));
      if (first < 0 || last < first) {
        return null;
      }
      for (int cpu = first; cpu <= last; cpu++) {
        mask[cpu / Byte.SIZE] |= (byte) (1 << cpu % Byte.SIZE);
      }
      highest = Math.max(highest, last);
    }
    int words = highest / Long.SIZE + 1;
    return highest < 0 ? null : Arrays.copyOf(mask, words * Long.BYTES);
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      return number < MOST ? number : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
