// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.UserRegs;
import dev.torpor.proc.Mapping;
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
      for (long word : content.getLongs(0, LENGTH / Long.BYTES)) {
        if (word != 0) {
          return false;
        }
      }
      return true;
    }
  }

  /** The first address behind the pages, their mark included. */
  public long end() {
    return address + lengthBytes + MARK_BYTES;
  }

  /**
   * Marks the pages as taken, before anything is written to them.
   *
   * @param pid a stopped task
   */
  public Taken take(int pid) {
    Taken taken = new Taken(pid, this);
    taken.mark(MARK_LOW, MARK_HIGH);
    return taken;
  }

  /** The pages in use, and the memory here of those who use them one after the other. */
  public static final class Taken implements AutoCloseable {
    final int pid;
    final ScratchPages pages;

    /** What lies in the pages, byte by byte. */
    final NativeMemory content = NativeMemory.allocate(LENGTH);

    final NativeMemory original = NativeMemory.allocate(UserRegs.SIZEOF);
    final NativeMemory working = NativeMemory.allocate(UserRegs.SIZEOF);
    final NativeMemory after = NativeMemory.allocate(UserRegs.SIZEOF);
    final NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES);

    /** Whether a thread stands in them. */
    boolean entered;

    private Taken(int pid, ScratchPages pages) {
      this.pid = pid;
      this.pages = pages;
    }

    private void mark(long low, long high) {
      int at = pages.lengthBytes;
      content.putLong(at, low).putLong(at + Long.BYTES, high);
      write(at, MARK_BYTES);
    }

    /** Writes a part of the content. */
    void write(int offset, int count) {
      ProcessVm.write(pid, pages.address + offset, content.slice(offset, count), count);
    }

    /** Reads a part of the content. */
    void read(int offset, int count) {
      ProcessVm.read(pid, pages.address + offset, content.slice(offset, count), count);
    }

    /**
     * Makes the pages zeros again, and then removes the mark; not if a thread could not be put
     * back: it leaves by the frame that lies in them.
     */
    @Override
    public void close() {
      if (!entered) {
        content.zero(0, pages.lengthBytes);
        write(0, pages.lengthBytes);
        mark(0, 0);
      }
      content.close();
      original.close();
      working.close();
      after.close();
      xstate.close();
    }
  }
}
