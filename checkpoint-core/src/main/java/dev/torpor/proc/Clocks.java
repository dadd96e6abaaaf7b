// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Time;
import java.util.StringTokenizer;

/**
 * The clocks that a time namespace shifts, as the initial one sees them.
 *
 * @param monotonicNanos CLOCK_MONOTONIC
 * @param boottimeNanos CLOCK_BOOTTIME
 */
public record Clocks(long monotonicNanos, long boottimeNanos) {
  /** Nanoseconds in a second. */
  public static final long NANOS_PER_SECOND = 1_000_000_000L;

  /**
   * Reads both.
   *
   * @param ownPid Torpor's pid in {@code proc}
   */
  public static Clocks now(ProcFs proc, int ownPid) {
    return new Clocks(
        now(Time.CLOCK_MONOTONIC) - offset(proc, ownPid, "monotonic"),
        now(Time.CLOCK_BOOTTIME) - offset(proc, ownPid, "boottime"));
  }

  /** The same as a task sees them. */
  public Clocks seenBy(ProcFs proc, int pid) {
    return new Clocks(
        monotonicNanos + offset(proc, pid, "monotonic"),
        boottimeNanos + offset(proc, pid, "boottime"));
  }

  private static long now(int clock) {
    try (NativeMemory time = NativeMemory.allocate(16)) {
      long result = Syscall.raw(Nr.SYS_clock_gettime, clock, time.address());
      if (Syscall.failed(result)) {
        throw ErrnoException.of(result, "clock_gettime", clock);
      }
      return time.getLong(0) * NANOS_PER_SECOND + time.getLong(8);
    }
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
