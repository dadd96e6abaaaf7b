// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Resource;
import dev.torpor.proc.Mapping;
import java.util.List;

/**
 * Finds memory below the stack pointers of a stopped task. By the ABI (System V, AMD64, 3.2.2) what
 * lies below the red zone of a stack pointer may change at any moment: the kernel puts signal
 * frames there.
 *
 * <p>First choice is the end of the main stack, for all threads one after the other: it is the one
 * place below which nothing else lies, since a small stack of a runtime's own has other things
 * right below it, and signals go to an alternate stack that can only be asked for from inside. If
 * it is in use down to the end, or nobody can tell, it is made longer: those pages did not exist
 * before. They stay, as after a signal.
 *
 * <p>A task without a main stack, or with something mapped so close below that it cannot grow, is
 * asked below the stack pointer of each thread, or if that points nowhere, far below another's.
 */
final class DeadStack {
  /** For the largest frame, a chain and data. */
  static final int LENGTH = 16 * 1024;

  static final int RED_ZONE = 128;

  /** Room for what other threads do while one that a dying tracer let go is on its way back. */
  private static final int DISTANCE = 16 * 1024;

  /** Beside what is needed at least: for longer chains. */
  private static final int COMFORT = 3 * 1024;

  private final int pid;
  private final List<Mapping> mappings;
  private final long[] stackPointers;

  /**
   * Looks at nothing yet.
   *
   * @param stackPointers of all threads of the task, the leader's first
   */
  DeadStack(int pid, List<Mapping> mappings, long[] stackPointers) {
    this.pid = pid;
    this.mappings = mappings;
    this.stackPointers = stackPointers;
  }

  /**
   * The end of the main stack.
   *
   * @param memory reads the task's
   * @return null if there is none, or none that could be used
   */
  ScratchRange endOfMainStack(Memory memory) {
    Mapping stack = mainStack();
    if (stack == null) {
      return null;
    }
    long start = stack.start();
    int distance = stackPointers.length == 1 ? RED_ZONE : DISTANCE;
    long target = Math.min(start, (leastIn(stack) - distance - LENGTH) & -PAGE_SIZE);
    if (!contains(stack, stackPointers[0])
        && (target < start || !memory.isZero(start, LENGTH + DISTANCE))) {
      // How deep a leader was in calls that is on another stack now, nobody knows.
      target = Math.min(target, start - DISTANCE - LENGTH);
    }
    return target == start || grow(target, start) ? new ScratchRange(target, LENGTH) : null;
  }

  /** Bytes of the task. */
  interface Memory {
    /** Whether there are only zeros. */
    boolean isZero(long address, int lengthBytes);

    /** Whether all can be read. */
    boolean isReadable(long address, int lengthBytes);
  }

  private Mapping mainStack() {
    Mapping named = null;
    for (Mapping mapping : mappings) {
      if (mapping.hasFlag("gd") && isUsable(mapping)) {
        if (contains(mapping, stackPointers[0])) {
          return mapping;
        }
        if (mapping.name().equals("[stack]")) {
          named = mapping;
        }
      }
    }
    return named;
  }

  private static boolean isUsable(Mapping mapping) {
    return mapping.permissions().startsWith("rw");
  }

  private static boolean contains(Mapping mapping, long address) {
    return Long.compareUnsigned(address, mapping.start()) >= 0
        && Long.compareUnsigned(address, mapping.end()) < 0;
  }

  /** The end if no thread is there. */
  private long leastIn(Mapping stack) {
    long least = stack.end();
    for (long pointer : stackPointers) {
      if (contains(stack, pointer)) {
        least = Math.min(least, pointer);
      }
    }
    return least;
  }

  /**
   * Makes the main stack longer: a look at an address below it does, within the limit for stacks,
   * which is the looker's own here (acct_stack_growth in mm/vma.c), and with 1 MiB free below.
   */
  private boolean grow(long target, long start) {
    for (Mapping mapping : mappings) {
      if (Long.compareUnsigned(mapping.start(), start) < 0
          && Long.compareUnsigned(mapping.end(), target) > 0) {
        return false;
      }
    }
    long[] limit = Resource.getLimit(0, Resource.RLIMIT_STACK);
    Resource.setLimit(0, Resource.RLIMIT_STACK, limit[1], limit[1]);
    try {
      Ptrace.peekData(pid, target);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EIO.number()) {
        throw e;
      }
      return false;
    } finally {
      Resource.setLimit(0, Resource.RLIMIT_STACK, limit[0], limit[1]);
    }
  }

  /**
   * Memory for one thread: below its stack pointer, or far below another thread's.
   *
   * @param leastBytes how much is needed at least
   * @throws UnsupportedException if no thread has so much
   */
  ScratchRange below(long stackPointer, int leastBytes, Memory memory) {
    ScratchRange found = below(stackPointer, RED_ZONE, leastBytes, memory);
    for (int i = 0; i < stackPointers.length && found == null; i++) {
      found = below(stackPointers[i], RED_ZONE + DISTANCE, leastBytes, memory);
    }
    if (found == null) {
      throw new UnsupportedException(
          "task " + pid,
          "its main stack cannot be used, and none of its threads has a stack with "
              + leastBytes
              + " free bytes, so nothing could be asked of it safely");
    }
    return found;
  }

  private ScratchRange below(long stackPointer, int distance, int leastBytes, Memory memory) {
    Mapping stack = stackOf(stackPointer);
    if (stack == null) {
      return null;
    }
    long end = stackPointer - distance;
    long length = Math.min(end - stack.start(), leastBytes + COMFORT);
    // The guard of a stack may be pages of its mapping (MADV_GUARD_INSTALL).
    while (length >= leastBytes && !memory.isReadable(end - length, (int) length)) {
      length = end - ((end - length + PAGE_SIZE) & -PAGE_SIZE);
    }
    return length >= leastBytes ? new ScratchRange(end - length, (int) length) : null;
  }

  private Mapping stackOf(long stackPointer) {
    Mapping empty = null;
    for (Mapping mapping : mappings) {
      if (contains(mapping, stackPointer)) {
        return isUsable(mapping) ? mapping : null;
      }
      if (mapping.end() == stackPointer && isUsable(mapping)) {
        empty = mapping;
      }
    }
    return empty;
  }
}
