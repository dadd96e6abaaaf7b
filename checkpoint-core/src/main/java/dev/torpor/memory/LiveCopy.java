// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.linux.NativeMemory;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.FutureTask;

/**
 * Pages of one task that were copied while it ran, in the file that becomes its pages image. They
 * lie where they belong if the task has the same pages when it stands still; what it has written
 * until then is copied to behind them, and all is put in its place when the task goes on.
 *
 * <p>Not safe for use by several threads.
 */
final class LiveCopy implements AutoCloseable {
  /** Pages with one place in the file behind the other. */
  private record Part(long start, long end, long offsetBytes) {}

  /** Bytes that belong elsewhere. */
  private record Move(long from, long to, long lengthBytes) {}

  private final ProcFs proc;
  private final CapturedImages images;
  private final int pid;
  private final WriteTracking tracking;
  private final List<PageRange> ranges = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final List<Move> moves = new ArrayList<>();
  private FileChannel file;
  private long copiedEnd;
  private long restOffset;
  private long wantedBytes;
  private boolean isImage;
  private boolean isTracked = true;

  LiveCopy(ProcFs proc, CapturedImages images, int pid, WriteTracking tracking) {
    this.proc = proc;
    this.images = images;
    this.pid = pid;
    this.tracking = tracking;
  }

  /**
   * Protects the pages that will be copied, and finds a place for each.
   *
   * @param mappings all of the task
   */
  void protect(List<Mapping> mappings, NativeMemory room) {
    long[] at = {0};
    try (PagemapScan scan = new PagemapScan(proc.path(pid, "pagemap"), room, false)) {
      for (Mapping mapping : mappings) {
        if (tracking.tracked().contains(mapping)) {
          scan.protectOwn(
              mapping.start(),
              mapping.end(),
              (start, end) -> {
                ranges.add(new PageRange(start, (end - start) / PAGE_SIZE, 0, true));
                offsets.add(at[0]);
                at[0] += end - start;
              });
        } else if (mapping.name().equals("[vdso]")) {
          at[0] += mapping.lengthBytes();
        } else if (!mapping.isShared() && !mapping.name().startsWith("[v")) {
          scan.ownPages(mapping.start(), mapping.end(), (start, end) -> at[0] += end - start);
        }
      }
    }
  }

  /** Copies them, by two threads. What is no longer there is left out. */
  void copy(SecondThread second, NativeMemory room, boolean mayBeShared) throws IOException {
    file = images.early(pid);
    long[] places = new long[ranges.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = offsets.get(i);
    }
    List<PageRange> lost = new ArrayList<>();
    try (PageSource source = PageSource.ofTask(proc, pid, mayBeShared)) {
      PageCopy copy = new PageCopy(source, ranges, target(), places, lost);
      FutureTask<Void> help =
          second.begin(
              () -> {
                try (NativeMemory own = PageSource.room()) {
                  copy.work(own);
                }
                return null;
              });
      try {
        copy.work(room);
      } finally {
        SecondThread.result(help);
      }
    }
    lost.sort(Comparator.comparingLong(PageRange::start));
    addParts(places, lost);
    ranges.clear();
    offsets.clear();
  }

  private void addParts(long[] places, List<PageRange> lost) {
    int next = 0;
    for (int i = 0; i < places.length; i++) {
      PageRange range = ranges.get(i);
      long end = range.start() + range.lengthBytes();
      long at = range.start();
      while (next < lost.size() && lost.get(next).start() < end) {
        PageRange gone = lost.get(next++);
        addPart(at, gone.start(), places[i] + at - range.start());
        at = gone.start() + gone.lengthBytes();
      }
      addPart(at, end, places[i] + at - range.start());
    }
  }

  private void addPart(long start, long end, long offsetBytes) {
    if (start < end) {
      parts.add(new Part(start, end, offsetBytes));
      copiedEnd = Math.max(copiedEnd, offsetBytes + end - start);
    }
  }

  /** How many bytes were copied while the task ran. */
  long copiedBytes() {
    return sum(parts);
  }

  /** How many of them were written since they were protected. */
  long writtenBytes(NativeMemory room) {
    return sum(parts) - sum(unwritten(room));
  }

  private static long sum(List<Part> parts) {
    long sum = 0;
    for (Part part : parts) {
      sum += part.end - part.start;
    }
    return sum;
  }

  /**
   * What of the pages of the stopped task has to be copied yet.
   *
   * @param wanted all that it has, in the order of the image
   */
  List<PageRange> rest(List<PageRange> wanted, NativeMemory room) {
    List<Part> kept = unwritten(room);
    wantedBytes = 0;
    for (PageRange range : wanted) {
      wantedBytes += range.lengthBytes();
    }
    restOffset = Math.max(copiedEnd, wantedBytes);
    List<PageRange> rest = new ArrayList<>();
    long tail = restOffset;
    long to = 0;
    int next = 0;
    for (PageRange range : wanted) {
      long at = range.start();
      long end = at + range.lengthBytes();
      while (at < end) {
        while (next < kept.size() && kept.get(next).end <= at) {
          next++;
        }
        Part part = next < kept.size() && kept.get(next).start < end ? kept.get(next) : null;
        long stop;
        if (part != null && part.start <= at) {
          stop = Math.min(end, part.end);
          moves.add(new Move(part.offsetBytes + at - part.start, to, stop - at));
        } else {
          stop = part == null ? end : part.start;
          rest.add(range.part((at - range.start()) / PAGE_SIZE, (stop - at) / PAGE_SIZE));
          moves.add(new Move(tail, to, stop - at));
          tail += stop - at;
        }
        to += stop - at;
        at = stop;
      }
    }
    return rest;
  }

  /** Copied pages that are still protected: nobody has written them. */
  private List<Part> unwritten(NativeMemory room) {
    List<Part> kept = new ArrayList<>();
    int[] next = {0};
    try (PagemapScan scan = new PagemapScan(proc.path(pid, "pagemap"), room, false)) {
      for (Mapping mapping : tracking.tracked()) {
        scan.unwritten(
            mapping.start(),
            mapping.end(),
            (start, end) -> {
              while (next[0] < parts.size() && parts.get(next[0]).end <= start) {
                next[0]++;
              }
              for (int i = next[0]; i < parts.size() && parts.get(i).start < end; i++) {
                Part part = parts.get(i);
                long from = Math.max(start, part.start);
                kept.add(
                    new Part(from, Math.min(end, part.end), part.offsetBytes + from - part.start));
              }
            });
      }
    }
    return kept;
  }

  /** Where the rest goes for now: behind all that is in its place. */
  long restOffset() {
    return restOffset;
  }

  /** The file, for pages that are copied to it. */
  PageSink.Target target() {
    return new PageSink.Target() {
      @Override
      public void write(ByteBuffer pages, long offsetBytes) throws IOException {
        writeAll(pages, offsetBytes);
      }

      @Override
      public void close() {}
    };
  }

  /** Gives it the name of the pages image with this number. */
  void becomes(int number) throws IOException {
    images.becomes(pid, ImageType.PAGES, number);
    isImage = true;
  }

  /** Has the kernel forget what was written. */
  void untrack() {
    if (isTracked) {
      isTracked = false;
      tracking.close();
    }
  }

  /**
   * Puts all pages in their places. Both those that were copied first and their places are in the
   * order of addresses: so what moves up is moved from the last on, and what moves down from the
   * first on, and nothing is overwritten that is still to be moved.
   */
  void assemble(NativeMemory room) throws IOException {
    if (!isImage) {
      return;
    }
    for (Move move : moves) {
      if (move.from < restOffset && move.to < move.from) {
        moveDown(move, room);
      }
    }
    for (int i = moves.size() - 1; i >= 0; i--) {
      Move move = moves.get(i);
      if (move.from < restOffset && move.to > move.from) {
        moveUp(move, room);
      }
    }
    for (Move move : moves) {
      if (move.from >= restOffset) {
        moveDown(move, room);
      }
    }
    file.truncate(wantedBytes);
  }

  private void moveDown(Move move, NativeMemory room) throws IOException {
    for (long done = 0; done < move.lengthBytes; done += PageSource.PIECE_BYTES) {
      int length = (int) Math.min(PageSource.PIECE_BYTES, move.lengthBytes - done);
      move(move.from + done, move.to + done, length, room);
    }
  }

  private void moveUp(Move move, NativeMemory room) throws IOException {
    for (long left = move.lengthBytes; left > 0; left -= PageSource.PIECE_BYTES) {
      long done = Math.max(0, left - PageSource.PIECE_BYTES);
      move(move.from + done, move.to + done, (int) (left - done), room);
    }
  }

  private void move(long from, long to, int lengthBytes, NativeMemory room) throws IOException {
    ByteBuffer buffer = room.buffer(0, lengthBytes);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, from + buffer.position()) < 0) {
        throw new IOException("the pages of task " + pid + " end at " + file.size());
      }
    }
    buffer.flip();
    writeAll(buffer, to);
  }

  private void writeAll(ByteBuffer pages, long offsetBytes) throws IOException {
    long at = offsetBytes;
    while (pages.hasRemaining()) {
      at += file.write(pages, at);
    }
  }

  /** Takes back what is in the task; without {@link #becomes}, the file too. */
  @Override
  public void close() {
    untrack();
    try {
      if (file != null) {
        file.close();
      }
      if (!isImage) {
        images.dropEarly(pid);
      }
    } catch (IOException e) {
      // What is left of an unfinished dump is removed with it.
      isImage = false;
    }
  }
}
