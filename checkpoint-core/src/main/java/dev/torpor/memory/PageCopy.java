// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way of one owner's pages from a source to a target, a piece after the other. Several threads
 * may work at it: they read at the same time, but write one after the other. Two who write to one
 * file wait for its inode, and the kernel has them spin meanwhile, at the expense of the one who
 * copies.
 */
final class PageCopy {
  private final PageSource source;
  private final List<PageRange> ranges;
  private final PageSink.Target target;
  private final ReentrantLock writing = new ReentrantLock();
  private int range;

  /** Pages of the range that are somebody's already. */
  private long taken;

  /** Where each range goes. */
  private final long[] offsets;

  /** Gets what could not be read; null if all can be. */
  private final List<PageRange> lost;

  /** Of all pages of ranges, one behind the other from {@code offsetBytes} on. */
  PageCopy(PageSource source, List<PageRange> ranges, PageSink.Target target, long offsetBytes) {
    this(source, ranges, target, behindOneAnother(ranges, offsetBytes), null);
  }

  /**
   * Of pages of a running task.
   *
   * @param offsets where in the target each range goes
   * @param lost gets what was unmapped before it was copied
   */
  PageCopy(
      PageSource source,
      List<PageRange> ranges,
      PageSink.Target target,
      long[] offsets,
      List<PageRange> lost) {
    this.source = source;
    this.ranges = ranges;
    this.target = target;
    this.offsets = offsets;
    this.lost = lost;
  }

  private static long[] behindOneAnother(List<PageRange> ranges, long offsetBytes) {
    long[] offsets = new long[ranges.size()];
    long at = offsetBytes;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = at;
      at += ranges.get(i).lengthBytes();
    }
    return offsets;
  }

  /**
   * Does what nobody else does, until nothing is left to begin.
   *
   * @param room as {@link PageSource#room} makes it, for this thread alone
   */
  void work(NativeMemory room) throws IOException {
    List<PageRange> piece = new ArrayList<>();
    boolean ended = false;
    try {
      for (long at = next(piece); !piece.isEmpty(); at = next(piece)) {
        int lengthBytes = read(piece, room);
        if (lengthBytes == 0) {
          continue;
        }
        writing.lock();
        try {
          target.write(room.buffer(0, lengthBytes), at);
        } finally {
          writing.unlock();
        }
      }
      ended = true;
    } finally {
      if (!ended) {
        giveUp();
      }
    }
  }

  private int read(List<PageRange> piece, NativeMemory room) {
    if (lost == null) {
      return source.read(piece, room);
    }
    try {
      return source.read(piece, room);
    } catch (ErrnoException | IllegalStateException e) {
      // Unmapped meanwhile, or the task has ended.
      synchronized (lost) {
        lost.addAll(piece);
      }
      return 0;
    }
  }

  /** The next pages that nobody has begun, and where they go. */
  private synchronized long next(List<PageRange> piece) {
    piece.clear();
    if (range == ranges.size()) {
      return 0;
    }
    long start = offsets[range] + taken * PAGE_SIZE;
    long end = start;
    long left = PageSource.PIECE_BYTES / PAGE_SIZE;
    while (range < ranges.size() && left > 0 && offsets[range] + taken * PAGE_SIZE == end) {
      PageRange whole = ranges.get(range);
      long count = Math.min(whole.pageCount() - taken, left);
      piece.add(whole.part(taken, count));
      taken += count;
      left -= count;
      end += count * PAGE_SIZE;
      if (taken == whole.pageCount()) {
        range++;
        taken = 0;
      }
    }
    return start;
  }

  private synchronized void giveUp() {
    range = ranges.size();
  }
}
