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
 * if they hold nothing but zeros, which no frame in use does, and no thread's stack pointer is
 * near.
 *
 * @param frameAddress where they begin
 * @param lengthBytes how many bytes
 */
public record ScratchPages(long frameAddress, int lengthBytes) {
  private static final int LENGTH = 16 * 1024;

  /** Room for a signal handler's own frames below a stack pointer in use. */
  private static final int DISTANCE = 16 * 1024;

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
    if (!free || !isZero(pid, start)) {
      throw new UnsupportedException(
          "task " + pid,
          "its main stack is used down to the last page, so nothing could be asked of it safely;"
              + " try again when it is less deep in calls");
    }
    return new ScratchPages(start, LENGTH);
  }

  private static boolean isZero(int pid, long start) {
    try (NativeMemory content = NativeMemory.allocate(LENGTH)) {
      ProcessVm.read(pid, start, content, LENGTH);
      for (int at = 0; at < LENGTH; at += Long.BYTES) {
        if (content.getLong(at) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
