// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Pagemap;
import dev.torpor.linux.Pagemap.PageRegion;
import dev.torpor.linux.Pagemap.PmScanArg;
import dev.torpor.linux.Unistd;

/**
 * The PAGEMAP_SCAN ioctl on /proc/PID/pagemap, since Linux 6.7: which pages of a range a task has.
 * struct pm_scan_arg and page_region of include/uapi/linux/fs.h.
 */
final class PagemapScan implements AutoCloseable {
  /** What a page must not be: still the file's, or the kernel's page of zeros. */
  private static final long NOT_OWN = Pagemap.PAGE_IS_FILE | Pagemap.PAGE_IS_PFNZERO;

  private static final long OWN = Pagemap.PAGE_IS_PRESENT | Pagemap.PAGE_IS_SWAPPED;

  private final int fd;
  private final long notOwn;
  private final NativeMemory arg;
  private final NativeMemory regions;
  private final int maxRegions;

  /** Receives what was found, in ascending order. */
  interface Found {
    void pages(long start, long end);
  }

  /**
   * Opens a pagemap.
   *
   * @param room for what is found, of any size
   * @param guarded whether there may be guard regions, which would count as swapped out; their
   *     category is known since Linux 6.16
   */
  PagemapScan(String pagemapPath, NativeMemory room, boolean guarded) {
    notOwn = guarded ? NOT_OWN | Pagemap.PAGE_IS_GUARD : NOT_OWN;
    arg = room.slice(0, PmScanArg.SIZEOF);
    regions = room.slice(PmScanArg.SIZEOF, room.lengthBytes() - PmScanArg.SIZEOF);
    maxRegions = regions.lengthBytes() / PageRegion.SIZEOF;
    fd = Fcntl.open(pagemapPath, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
  }

  /**
   * Pages with content of the task's own: present or swapped out, not the kernel's zero page, and
   * not still those of the mapped file.
   */
  void ownPages(long start, long end, Found found) {
    scan(0, start, end, notOwn, notOwn, OWN, found);
  }

  /** The same of anonymous memory, whose pages are no file's. */
  void ownAnonymousPages(long start, long end, Found found) {
    long not = notOwn & ~Pagemap.PAGE_IS_FILE;
    scan(0, start, end, not, not, OWN, found);
  }

  /**
   * The same of anonymous memory without guard regions, and protects those pages by the
   * userfaultfd(2) that the range is registered with; of parts that are not, none is told.
   */
  void protectOwn(long start, long end, Found found) {
    scan(
        Pagemap.PM_SCAN_WP_MATCHING,
        start,
        end,
        Pagemap.PAGE_IS_PFNZERO,
        Pagemap.PAGE_IS_PFNZERO,
        OWN,
        found);
  }

  /** Pages that are still protected: nobody has written them since. */
  void unwritten(long start, long end, Found found) {
    scan(
        0,
        start,
        end,
        Pagemap.PAGE_IS_WRITTEN,
        Pagemap.PAGE_IS_WRITTEN | Pagemap.PAGE_IS_WPALLOWED,
        OWN,
        found);
  }

  /** Guard regions. */
  void guards(long start, long end, Found found) {
    scan(0, start, end, 0, Pagemap.PAGE_IS_GUARD, Pagemap.PAGE_IS_GUARD, found);
  }

  private void scan(
      long flags, long start, long end, long inverted, long mask, long any, Found found) {
    arg.zero();
    arg.putLong(PmScanArg.flags, flags);
    arg.putLong(PmScanArg.category_inverted, inverted);
    arg.putLong(PmScanArg.category_mask, mask);
    arg.putLong(PmScanArg.category_anyof_mask, any);
    long at = start;
    while (Long.compareUnsigned(at, end) < 0) {
      at = scan(at, end, found);
    }
  }

  private long scan(long start, long end, Found found) {
    arg.putLong(PmScanArg.size, PmScanArg.SIZEOF);
    arg.putLong(PmScanArg.start, start);
    arg.putLong(PmScanArg.end, end);
    arg.putLong(PmScanArg.vec, regions.address());
    arg.putLong(PmScanArg.vec_len, maxRegions);
    arg.putLong(PmScanArg.return_mask, Pagemap.PAGE_IS_PRESENT);
    int count = Pagemap.scan(fd, arg);
    // Neighbours that differ in category only come as two regions.
    long pendingStart = 0;
    long pendingEnd = 0;
    for (int i = 0; i < count; i++) {
      long from = regions.getLong(i * PageRegion.SIZEOF + PageRegion.start);
      long to = regions.getLong(i * PageRegion.SIZEOF + PageRegion.end);
      if (from == pendingEnd) {
        pendingEnd = to;
        continue;
      }
      if (pendingEnd != 0) {
        found.pages(pendingStart, pendingEnd);
      }
      pendingStart = from;
      pendingEnd = to;
    }
    if (pendingEnd != 0) {
      found.pages(pendingStart, pendingEnd);
    }
    // Not walk_end: where the kernel gathered more than 512 regions it is a stop on the way
    // (do_pagemap_scan of fs/proc/task_mmu.c leaves it there), and all behind it came twice.
    return count < maxRegions ? end : pendingEnd;
  }

  @Override
  public void close() {
    Unistd.close(fd);
  }
}
