// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.Time;
import java.util.StringTokenizer;

/**
 * The clocks at one moment, those that a time namespace shifts as the initial one sees them.
 *
 * @param realtimeNanos CLOCK_REALTIME, the time of day
 * @param monotonicNanos CLOCK_MONOTONIC
 * @param boottimeNanos CLOCK_BOOTTIME
 */
public record Clocks(long realtimeNanos, long monotonicNanos, long boottimeNanos) {
  /** Nanoseconds in a second. */
  public static final long NANOS_PER_SECOND = 1_000_000_000L;

  /**
   * Reads all.
   *
   * @param ownPid Torpor's pid in {@code proc}
   */
  public static Clocks now(ProcFs proc, int ownPid) {
    return new Clocks(
        Time.nanos(Time.CLOCK_REALTIME),
        Time.nanos(Time.CLOCK_MONOTONIC) - offset(proc, ownPid, "monotonic"),
        Time.nanos(Time.CLOCK_BOOTTIME) - offset(proc, ownPid, "boottime"));
  }

  /** The same as a task sees them. */
  public Clocks seenBy(ProcFs proc, int pid) {
    return new Clocks(
        realtimeNanos,
        monotonicNanos + offset(proc, pid, "monotonic"),
        boottimeNanos + offset(proc, pid, "boottime"));
  }

  /** A line of timens_offsets: name, seconds, nanoseconds. No such file before Linux 5.6. */
  private static long offset(ProcFs proc, int pid, String name) {
    String path = proc.path(pid, "timens_offsets");
    if (!new java.io.File(path).exists()) {
      return 0;
    }
    String text = ProcFs.text(path);
    StringTokenizer words = new StringTokenizer(text);
    while (words.countTokens() >= 3) {
      boolean found = words.nextToken().equals(name);
      long seconds = Long.parseLong(words.nextToken());
      long nanos = Long.parseLong(words.nextToken());
      if (found) {
        return seconds * NANOS_PER_SECOND + nanos;
      }
    }
    throw new ProcException(path, text, "a line for " + name);
  }
}
