// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;

/**
 * The PAGEMAP_SCAN ioctl on /proc/PID/pagemap, since Linux 6.7: which pages of a range a task has.
 * struct pm_scan_arg and page_region of include/uapi/linux/fs.h.
 */
final class PagemapScan implements AutoCloseable {
  private static final long PAGEMAP_SCAN = 0xc0606610L;
  private static final int ARG_BYTES = 96;
  private static final int REGION_BYTES = 24;
  private static final int REGIONS = 4096;

  private static final long PAGE_IS_FILE = 1 << 2;
  private static final long PAGE_IS_PRESENT = 1 << 3;
  private static final long PAGE_IS_SWAPPED = 1 << 4;
  private static final long PAGE_IS_PFNZERO = 1 << 5;

  private final int fd;
  private final NativeMemory arg = NativeMemory.allocate(ARG_BYTES);
  private final NativeMemory regions = NativeMemory.allocate(REGIONS * REGION_BYTES);

  /** Receives what was found, in ascending order. */
  interface Found {
    void pages(long start, long end);
  }

  PagemapScan(String pagemapPath) {
    fd = Fcntl.open(pagemapPath, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
  }

  /**
   * Pages with content of the task's own: present or swapped out, not the kernel's zero page, and
   * not still those of the mapped file.
   */
  void ownPages(long start, long end, Found found) {
    long at = start;
    while (Long.compareUnsigned(at, end) < 0) {
      at = scan(at, end, found);
    }
  }

  private long scan(long start, long end, Found found) {
    arg.zero();
    arg.putLong(0, ARG_BYTES);
    arg.putLong(16, start);
    arg.putLong(24, end);
    arg.putLong(40, regions.address());
    arg.putLong(48, REGIONS);
    arg.putLong(64, PAGE_IS_FILE | PAGE_IS_PFNZERO);
    arg.putLong(72, PAGE_IS_FILE | PAGE_IS_PFNZERO);
    arg.putLong(80, PAGE_IS_PRESENT | PAGE_IS_SWAPPED);
    arg.putLong(88, PAGE_IS_PRESENT);
    long count = Syscall.raw(Nr.SYS_ioctl, fd, PAGEMAP_SCAN, arg.address());
    if (count < 0) {
      throw ErrnoException.of(count, "ioctl", "PAGEMAP_SCAN", "0x" + Long.toHexString(start));
    }
    // Neighbours that differ in category only come as two regions.
    long pendingStart = 0;
    long pendingEnd = 0;
    for (int i = 0; i < count; i++) {
      long from = regions.getLong(i * REGION_BYTES);
      long to = regions.getLong(i * REGION_BYTES + 8);
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
    return arg.getLong(32);
  }

  @Override
  public void close() {
    Unistd.close(fd);
  }
}
