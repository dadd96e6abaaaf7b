// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.List;

/**
 * The clocks that a time namespace shifts, as the initial one sees them.
 *
 * @param monotonicNanos CLOCK_MONOTONIC
 * @param boottimeNanos CLOCK_BOOTTIME
 */
public record Clocks(long monotonicNanos, long boottimeNanos) {
  static final long NANOS_PER_SECOND = 1_000_000_000L;

  private static final int CLOCK_MONOTONIC = 1;
  private static final int CLOCK_BOOTTIME = 7;

  /**
   * Reads both.
   *
   * @param ownPid Torpor's pid in {@code proc}
   */
  public static Clocks now(ProcFs proc, int ownPid) {
    return new Clocks(
        now(CLOCK_MONOTONIC) - offset(proc, ownPid, "monotonic"),
        now(CLOCK_BOOTTIME) - offset(proc, ownPid, "boottime"));
  }

  /** The same as a task sees them. */
  Clocks seenBy(ProcFs proc, int pid) {
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
    for (String line : Words.split(text, '\n')) {
      List<String> words = Words.of(line);
      if (words.size() == 3 && words.get(0).equals(name)) {
        return Long.parseLong(words.get(1)) * NANOS_PER_SECOND + Long.parseLong(words.get(2));
      }
    }
    throw new ProcException(path, text, "a line for " + name);
  }
}
