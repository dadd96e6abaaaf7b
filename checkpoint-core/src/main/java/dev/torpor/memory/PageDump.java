// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.DumpException;
import dev.torpor.file.MemfdInodes;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.inject.ScratchRange;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.memory.MappingRoom.Pages;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Dumps the contents of memory: finds the pages that a task has of its own, or that shared memory
 * has, and takes them from a {@link PageSource} to a {@link PageSink}.
 */
public final class PageDump implements AutoCloseable {
  /** From 64 MiB on two threads are faster than one: reading and writing are both copies. */
  private static final long PAGES_FOR_TWO = 16 * 1024;

  private static final long LARGE_BYTES = 1 << 20;

  private final ProcFs proc;
  private final PageSink sink;
  private final MappingRooms rooms;
  private final SecondThread secondThread;
  private final Queue<NativeMemory> free = new ConcurrentLinkedQueue<>();

  /** Work at what one thread has begun, for the other. */
  private final Queue<FutureTask<Void>> helps = new ConcurrentLinkedQueue<>();

  /** Dumps that the second thread is to begin with as soon as one of them is large. */
  private final AtomicReference<List<FutureTask<Void>>> others = new AtomicReference<>(List.of());

  private final AtomicLong pagesScanned = new AtomicLong();
  private final AtomicLong pagesWritten = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicLong pagesCopiedLive = new AtomicLong();
  private boolean mayBeShared;
  private LiveMemory live;

  /**
   * Dumps into {@code images}.
   *
   * @param rooms know where the contents of mappings are
   * @param secondThread copies a part of much memory; closed before this
   */
  public PageDump(
      ProcFs proc, CapturedImages images, MappingRooms rooms, SecondThread secondThread) {
    this.secondThread = secondThread;
    this.proc = proc;
    this.sink = new ImagePages(images);
    this.rooms = rooms;
  }

  /** Frees memory; what was counted stays. */
  @Override
  public void close() {
    free.forEach(NativeMemory::close);
    free.clear();
  }

  /**
   * Says, before the first dump, that a task may share pages with another since a fork. To look for
   * it takes some 30 ms per GiB.
   */
  public void mayBeShared() {
    mayBeShared = true;
  }

  /** Says, before the first dump, what was copied while the tree ran. */
  public void startFrom(LiveMemory copied) {
    live = copied;
  }

  /** Those of the pages written that were copied while the tree ran. */
  public long pagesCopiedLive() {
    return pagesCopiedLive.get();
  }

  /** Pages looked at so far. */
  public long pagesScanned() {
    return pagesScanned.get();
  }

  /** Pages written so far. */
  public long pagesWritten() {
    return pagesWritten.get();
  }

  /** Time spent so far in microseconds, of all who dump at the same time. */
  public int micros() {
    return (int) (nanos.get() / 1000);
  }

  /** Reading or writing of pages, with room for some of them. */
  private interface Copying {
    void with(NativeMemory room) throws IOException;
  }

  private void timed(Copying copying) throws IOException {
    long start = System.nanoTime();
    NativeMemory used = free.poll();
    NativeMemory room = used == null ? PageSource.room() : used;
    try {
      copying.with(room);
    } finally {
      free.add(room);
      nanos.addAndGet(System.nanoTime() - start);
    }
  }

  /** The number of the pages of the next task, to be taken in the order of tasks. */
  public int number() {
    return sink.number();
  }

  /**
   * Dumps what a stopped task has for itself. Several threads may do so at a time.
   *
   * @param number of its pages
   * @param pid as Torpor sees it
   * @param imagePid as the images number it
   * @param mm its captured address space
   * @param blank pages that exist only because questions are put there, below a mapping of {@code
   *     mm} or zeros within it; null if there are none
   */
  public void dump(int number, int pid, int imagePid, mm_entry mm, ScratchRange blank)
      throws IOException {
    timed(
        room -> {
          List<PageRange> ranges = ranges(pid, mm, blank, room);
          LiveCopy copied = live == null ? null : live.of(pid);
          if (copied != null) {
            sink.announce(number, ImageType.PAGEMAP, imagePid, ranges);
            dumpRest(copied, pid, ranges, room);
            copied.becomes(number);
            return;
          }
          try (PageSource source = PageSource.ofTask(proc, pid, mayBeShared);
              PageSink.Target target = sink.begin(number, ImageType.PAGEMAP, imagePid, ranges)) {
            copy(source, ranges, target, 0, room);
          }
        });
  }

  /** The little that is left is read without a look at who shares it. */
  private void dumpRest(LiveCopy copied, int pid, List<PageRange> ranges, NativeMemory room)
      throws IOException {
    List<PageRange> rest = copied.rest(ranges, room);
    try (PageSource source = PageSource.ofTaskKnown(proc, pid, mayBeShared)) {
      copy(source, rest, copied.target(), copied.restOffset(), room);
    }
    pagesWritten.addAndGet(countOf(ranges) - countOf(rest));
    pagesCopiedLive.addAndGet(countOf(ranges) - countOf(rest));
  }

  /** Dumps memory that belongs to no task alone. */
  public void dumpShared(List<MemfdInodes.Content> contents) throws IOException {
    for (MemfdInodes.Content content : contents) {
      timed(
          room -> {
            try (PageSource source = PageSource.ofFile(content.path())) {
              dumpShared(content.shmid(), source, room);
            }
          });
    }
  }

  private void dumpShared(long shmid, PageSource source, NativeMemory room) throws IOException {
    List<PageRange> ranges = source.data();
    try (PageSink.Target target =
        sink.begin(sink.number(), ImageType.SHMEM_PAGEMAP, shmid, ranges)) {
      copy(source, ranges, target, 0, room);
    }
  }

  private List<PageRange> ranges(int pid, mm_entry mm, ScratchRange blank, NativeMemory room) {
    List<PageRange> ranges = new ArrayList<>();
    String task = "task " + pid;
    List<Vma> mappings = GuardRegions.without(MmImage.of(mm).vmas());
    boolean guarded = mappings.size() < mm.getVmasCount();
    try (PagemapScan scan = new PagemapScan(proc.path(pid, "pagemap"), room, guarded)) {
      List<Vma> neighbours = new ArrayList<>();
      for (Vma vma : mappings) {
        Pages pages = rooms.of(task, vma).pages(vma);
        if (pages == Pages.OWN && isLargeAnonymous(vma)) {
          addRanges(pid, scan, neighbours, blank, ranges);
          neighbours.clear();
          addAnonymous(scan, vma, blank, ranges);
        } else if (pages == Pages.OWN) {
          neighbours.add(vma);
        } else {
          addRanges(pid, scan, neighbours, blank, ranges);
          neighbours.clear();
          if (pages == Pages.ALL) {
            add(ranges, vma.start(), vma.end(), PageRange.PE_PRESENT, isReadable(vma));
          }
        }
      }
      addRanges(pid, scan, neighbours, blank, ranges);
    }
    return ranges;
  }

  private static boolean isLargeAnonymous(Vma vma) {
    return (vma.status() & VmaStatus.ANON_PRIVATE) != 0 && vma.end() - vma.start() >= LARGE_BYTES;
  }

  /** With a call of its own, which need not look at every page whose it is. */
  private void addAnonymous(PagemapScan scan, Vma vma, ScratchRange blank, List<PageRange> ranges) {
    pagesScanned.addAndGet((vma.end() - vma.start()) / PAGE_SIZE);
    PagemapScan.Found found = (start, end) -> add(ranges, start, end, flags(vma), isReadable(vma));
    scan.ownAnonymousPages(vma.start(), vma.end(), without(blank, found));
  }

  private static boolean isReadable(Vma vma) {
    return (vma.prot() & Mman.PROT_READ) != 0;
  }

  /**
   * Scans mappings between which there is no other, with one call: each thread of a task has two.
   */
  private void addRanges(
      int pid, PagemapScan scan, List<Vma> neighbours, ScratchRange blank, List<PageRange> ranges) {
    if (neighbours.isEmpty()) {
      return;
    }
    long lengthBytes = 0;
    for (Vma vma : neighbours) {
      lengthBytes += vma.end() - vma.start();
    }
    pagesScanned.addAndGet(lengthBytes / PAGE_SIZE);
    Neighbours found = new Neighbours(pid, neighbours, ranges);
    long start = neighbours.get(0).start();
    long end = neighbours.get(neighbours.size() - 1).end();
    scan.ownPages(start, end, without(blank, found));
  }

  private static PagemapScan.Found without(ScratchRange blank, PagemapScan.Found found) {
    if (blank == null) {
      return found;
    }
    return (start, end) -> {
      if (Long.compareUnsigned(start, blank.address()) < 0) {
        found.pages(start, Math.min(end, blank.address()));
      }
      if (Long.compareUnsigned(end, blank.end()) > 0) {
        found.pages(Math.max(start, blank.end()), end);
      }
    };
  }

  /** Tells pages of neighbouring mappings apart. */
  private static final class Neighbours implements PagemapScan.Found {
    private final int pid;
    private final Iterator<Vma> ahead;
    private final List<PageRange> ranges;
    private Vma vma;

    Neighbours(int pid, List<Vma> neighbours, List<PageRange> ranges) {
      this.pid = pid;
      this.ahead = neighbours.iterator();
      this.ranges = ranges;
      this.vma = ahead.next();
    }

    @Override
    public void pages(long start, long end) {
      long at = start;
      while (Long.compareUnsigned(at, end) < 0) {
        while (Long.compareUnsigned(vma.end(), at) <= 0) {
          vma = ahead.next();
        }
        if (Long.compareUnsigned(at, vma.start()) < 0) {
          throw new DumpException(
              "task " + pid + " got memory at 0x" + Long.toHexString(at) + " while stopped");
        }
        long stop = Long.compareUnsigned(vma.end(), end) < 0 ? vma.end() : end;
        add(ranges, at, stop, flags(vma), isReadable(vma));
        at = stop;
      }
    }
  }

  private static int flags(Vma vma) {
    return canBeLazy(vma) ? PageRange.PE_PRESENT | PageRange.PE_LAZY : PageRange.PE_PRESENT;
  }

  /** CRIU's lazy-pages daemon may fill these on demand. */
  private static boolean canBeLazy(Vma vma) {
    return (vma.status() & VmaStatus.ANON_PRIVATE) != 0 && (vma.flags() & Mman.MAP_LOCKED) == 0;
  }

  private static void add(
      List<PageRange> ranges, long start, long end, int flags, boolean readable) {
    long count = (end - start) / PAGE_SIZE;
    int last = ranges.size() - 1;
    if (last >= 0) {
      PageRange before = ranges.get(last);
      if (before.start() + before.lengthBytes() == start
          && before.flags() == flags
          && before.readable() == readable) {
        ranges.set(
            last, new PageRange(before.start(), before.pageCount() + count, flags, readable));
        return;
      }
    }
    ranges.add(new PageRange(start, count, flags, readable));
  }

  private static long countOf(List<PageRange> ranges) {
    long pageCount = 0;
    for (PageRange range : ranges) {
      pageCount += range.pageCount();
    }
    return pageCount;
  }

  private void copy(
      PageSource source,
      List<PageRange> ranges,
      PageSink.Target target,
      long offsetBytes,
      NativeMemory room)
      throws IOException {
    long pageCount = countOf(ranges);
    pagesWritten.addAndGet(pageCount);
    PageCopy copy = new PageCopy(source, ranges, target, offsetBytes);
    if (pageCount < PAGES_FOR_TWO) {
      copy.work(room);
    } else {
      workTogether(copy, room);
    }
  }

  private void workTogether(PageCopy copy, NativeMemory room) throws IOException {
    FutureTask<Void> help =
        new FutureTask<>(
            () -> {
              try (NativeMemory own = PageSource.room()) {
                copy.work(own);
              }
              return null;
            });
    helps.add(help);
    for (FutureTask<Void> other : others.getAndSet(List.of())) {
      secondThread.begin(other);
    }
    secondThread.begin(help);
    try {
      copy.work(room);
    } finally {
      helps.remove(help);
      // Nothing is left to be done by who begins only now.
      SecondThread.result(help);
    }
  }

  /**
   * Does what is left of dumps: of those that nobody has begun the last one first, then a part of
   * those that the second thread works at. If there is much to copy that begins with the first.
   */
  public void finish(List<FutureTask<Void>> dumps) throws IOException {
    others.set(dumps);
    for (int i = dumps.size() - 1; i >= 0; i--) {
      FutureTask<Void> dump = dumps.get(i);
      dump.run();
      if (dump.isDone()) {
        SecondThread.result(dump);
      }
    }
    for (FutureTask<Void> help = helps.poll(); help != null; help = helps.poll()) {
      help.run();
    }
  }
}
