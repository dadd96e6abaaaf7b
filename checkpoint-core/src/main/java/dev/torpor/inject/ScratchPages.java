// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.core.UnsupportedException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.memory.Mapping;
import java.util.List;

/**
 * Dead memory of a stopped task, where a signal frame and small results can lie: the lowest pages
 * of its main stack, which the kernel makes 128 KiB larger than needed at exec. They are taken only
 * if they hold nothing but zeros, which no frame in use does, or what a dumper left that was
 * killed, and no thread's stack pointer is near.
 *
 * <p>Who takes them marks their end first and removes the mark last: without it the bytes of a
 * killed dumper could not be told from a stack that is used to the last page.
 *
 * @param address where they begin
 * @param lengthBytes how many bytes, without the mark behind them
 */
public record ScratchPages(long address, int lengthBytes) {
  private static final int LENGTH = 16 * 1024;

  /** Room for a signal handler's own frames below a stack pointer in use. */
  private static final int DISTANCE = 16 * 1024;

  private static final int MARK_BYTES = 16;

  // Any value will do that no program leaves on its stack: "TORPOR scratch:)".
  private static final long MARK_LOW = 0x5420524f50524f54L;
  private static final long MARK_HIGH = 0x293a686374617263L;

  /**
   * Finds them.
   *
   * @param stackPointers of all threads of the task
   * @throws UnsupportedException if the task has no such memory
   */
  public static ScratchPages find(int pid, List<Mapping> mappings, long[] stackPointers) {
    for (Mapping mapping : mappings) {
      if (mapping.name().equals("[stack]")) {
        return at(pid, mapping, stackPointers);
      }
    }
    throw new UnsupportedException(
        "task " + pid, "it has unmapped its main stack, so nothing could be asked of it safely");
  }

  private static ScratchPages at(int pid, Mapping stack, long[] stackPointers) {
    long start = stack.start();
    boolean free = stack.lengthBytes() >= LENGTH + DISTANCE;
    for (long pointer : stackPointers) {
      boolean near =
          Long.compareUnsigned(pointer, start) >= 0
              && Long.compareUnsigned(pointer, start + LENGTH + DISTANCE) < 0;
      free &= !near;
    }
    if (!free || !isUnused(pid, start)) {
      throw new UnsupportedException(
          "task " + pid,
          "its main stack is used down to the last page, so nothing could be asked of it safely;"
              + " try again when it is less deep in calls");
    }
    return new ScratchPages(start, LENGTH - MARK_BYTES);
  }

  private static boolean isUnused(int pid, long start) {
    try (NativeMemory content = NativeMemory.allocate(LENGTH)) {
      ProcessVm.read(pid, start, content, LENGTH);
      int mark = LENGTH - MARK_BYTES;
      if (content.getLong(mark) == MARK_LOW && content.getLong(mark + Long.BYTES) == MARK_HIGH) {
        return true;
      }
      for (int at = 0; at < LENGTH; at += Long.BYTES) {
        if (content.getLong(at) != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /** Where the room ends. */
  long endAddress() {
    return address + lengthBytes;
  }

  /** Marks the pages as taken, before anything is written to them. */
  void take(int pid) {
    try (NativeMemory mark = NativeMemory.allocate(MARK_BYTES)) {
      mark.putLong(0, MARK_LOW).putLong(Long.BYTES, MARK_HIGH);
      ProcessVm.write(pid, endAddress(), mark, MARK_BYTES);
    }
  }

  /** Makes the pages zeros again, and then removes the mark. */
  void giveBack(int pid) {
    try (NativeMemory zeros = NativeMemory.allocate(lengthBytes).zero()) {
      ProcessVm.write(pid, address, zeros, lengthBytes);
      ProcessVm.write(pid, endAddress(), zeros, MARK_BYTES);
    }
  }
}
