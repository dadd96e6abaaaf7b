// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

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

  private long offsetBytes;

  /** Of all pages of ranges, in their order. */
  PageCopy(PageSource source, List<PageRange> ranges, PageSink.Target target) {
    this.source = source;
    this.ranges = ranges;
    this.target = target;
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
        int lengthBytes = source.read(piece, room);
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

  /** The next pages that nobody has begun, and where they go. */
  private synchronized long next(List<PageRange> piece) {
    piece.clear();
    long start = offsetBytes;
    long left = PageSource.PIECE_BYTES / PAGE_SIZE;
    while (range < ranges.size() && left > 0) {
      PageRange whole = ranges.get(range);
      long count = Math.min(whole.pageCount() - taken, left);
      piece.add(whole.part(taken, count));
      taken += count;
      left -= count;
      if (taken == whole.pageCount()) {
        range++;
        taken = 0;
      }
    }
    offsetBytes += PageSource.PIECE_BYTES - left * PAGE_SIZE;
    return start;
  }

  private synchronized void giveUp() {
    range = ranges.size();
  }
}
