// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.linux.Errno;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pagemap;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Userfaultfd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Features of memory, tried on pages of this process that nothing else uses. */
final class MemoryProbes {
  private static final int PROT = Mman.PROT_READ | Mman.PROT_WRITE;

  /** Bit 55 of an entry of /proc/PID/pagemap, Documentation/admin-guide/mm/pagemap.rst. */
  private static final long SOFT_DIRTY = 1L << 55;

  private static final long NONCOOPERATIVE =
      Userfaultfd.UFFD_FEATURE_EVENT_FORK
          | Userfaultfd.UFFD_FEATURE_EVENT_REMAP
          | Userfaultfd.UFFD_FEATURE_EVENT_UNMAP
          | Userfaultfd.UFFD_FEATURE_EVENT_REMOVE;

  private MemoryProbes() {}

  /** Something to find out about a page. */
  @FunctionalInterface
  private interface PageProbe {
    String missing(NativeMemory page, int pagemap);
  }

  private static String onPage(PageProbe probe) {
    long address = Mman.mmap(0, PAGE_SIZE, PROT, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
    int pagemap = -1;
    try {
      pagemap = Fcntl.open("/proc/self/pagemap", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      return probe.missing(NativeMemory.ofAddress(address, PAGE_SIZE), pagemap);
    } finally {
      if (pagemap >= 0) {
        Unistd.close(pagemap);
      }
      Mman.munmap(address, PAGE_SIZE);
    }
  }

  static String softDirty() {
    return onPage(
        (page, pagemap) -> {
          page.putByte(0, 1);
          try (NativeMemory entry = NativeMemory.allocate(Long.BYTES)) {
            Unistd.pread(
                pagemap, entry.address(), Long.BYTES, page.address() / PAGE_SIZE * Long.BYTES);
            return (entry.getLong(0) & SOFT_DIRTY) != 0
                ? null
                : "a page just written is not soft-dirty: CONFIG_MEM_SOFT_DIRTY is needed";
          }
        });
  }

  static String pagemapScan() {
    return onPage(
        (page, pagemap) -> {
          page.putByte(0, 1);
          return scan(page, pagemap, Pagemap.PAGE_IS_PRESENT)
              ? null
              : "PAGEMAP_SCAN does not find a page just written";
        });
  }

  static String guardPages() {
    return onPage(
        (page, pagemap) -> {
          Mman.madvise(page.address(), PAGE_SIZE, Mman.MADV_GUARD_INSTALL);
          return scan(page, pagemap, Pagemap.PAGE_IS_GUARD)
              ? null
              : "PAGEMAP_SCAN does not find a guard page: Linux 6.17 is needed";
        });
  }

  private static boolean scan(NativeMemory page, int pagemap, long category) {
    try (NativeMemory region = NativeMemory.allocate(Pagemap.PageRegion.SIZEOF);
        NativeMemory arg = NativeMemory.allocate(Pagemap.PmScanArg.SIZEOF)) {
      arg.zero().putLong(Pagemap.PmScanArg.size, Pagemap.PmScanArg.SIZEOF);
      arg.putLong(Pagemap.PmScanArg.start, page.address());
      arg.putLong(Pagemap.PmScanArg.end, page.address() + PAGE_SIZE);
      arg.putLong(Pagemap.PmScanArg.vec, region.address()).putLong(Pagemap.PmScanArg.vec_len, 1);
      arg.putLong(Pagemap.PmScanArg.category_mask, category);
      arg.putLong(Pagemap.PmScanArg.return_mask, category);
      return Pagemap.scan(pagemap, arg) == 1;
    }
  }

  /** ENOENT: the kernel knows the flag, and has no huge pages of the default size. */
  static String hugeMemfd() {
    try (NativeMemory name = NativeMemory.ofString("torpor-check")) {
      long flags = Memfd.MFD_HUGETLB | Memfd.MFD_CLOEXEC;
      long fd = Syscall.raw(Nr.SYS_memfd_create, name.address(), flags);
      if (fd >= 0) {
        Unistd.close((int) fd);
        return null;
      }
      return fd == -Errno.ENOENT.number()
          ? null
          : "MFD_HUGETLB gave " + Errno.describe((int) -fd) + ": CONFIG_HUGETLBFS is needed";
    }
  }

  static String userfaultfd() {
    return userfaultfd(0);
  }

  static String userfaultfdEvents() {
    return userfaultfd(NONCOOPERATIVE);
  }

  private static String userfaultfd(long features) {
    long fd = Syscall.raw(Nr.SYS_userfaultfd, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
    if (fd < 0) {
      return "userfaultfd gave " + Errno.describe((int) -fd) + ": CONFIG_USERFAULTFD is needed";
    }
    try (NativeMemory api = NativeMemory.allocate(Userfaultfd.UffdioApi.SIZEOF)) {
      api.zero().putLong(Userfaultfd.UffdioApi.api, Userfaultfd.UFFD_API);
      Ioctl.ioctl((int) fd, Userfaultfd.UFFDIO_API, "UFFDIO_API", api);
      long missing = features & ~api.getLong(Userfaultfd.UffdioApi.features);
      return missing == 0
          ? null
          : "userfaultfd lacks features 0x" + Long.toHexString(missing) + ": Linux 4.11 is needed";
    } finally {
      Unistd.close((int) fd);
    }
  }

  /** A context of asynchronous I/O is its ring's address, and must work where that is moved to. */
  static String aioRemap() throws IOException {
    try (NativeMemory context = NativeMemory.allocate(Long.BYTES)) {
      context.zero();
      long made = Syscall.raw(Nr.SYS_io_setup, 16, context.address());
      if (made < 0) {
        return "io_setup gave " + Errno.describe((int) -made) + ": CONFIG_AIO is needed";
      }
      long ring = context.getLong(0);
      try {
        long length = mappedBytes(ring);
        long place = Mman.mmap(0, length, PROT, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
        int flags = Mman.MREMAP_MAYMOVE | Mman.MREMAP_FIXED;
        long moved = Syscall.raw(Nr.SYS_mremap, ring, length, length, flags, place);
        if (Syscall.failed(moved)) {
          Mman.munmap(place, length);
          return "mremap of an AIO ring gave " + Errno.describe((int) -moved);
        }
        ring = moved;
        long events = Syscall.raw(Nr.SYS_io_getevents, ring, 0, 1, 0, 0);
        return events == 0 ? null : "a moved AIO ring does not work: Linux 3.19 is needed";
      } finally {
        Syscall.raw(Nr.SYS_io_destroy, ring);
      }
    }
  }

  private static long mappedBytes(long address) throws IOException {
    String start = Long.toHexString(address) + '-';
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      if (line.startsWith(start)) {
        String end = line.substring(start.length(), line.indexOf(' '));
        return Long.parseLong(end, 16) - address;
      }
    }
    throw new IOException("/proc/self/maps has no AIO ring at " + start);
  }
}
