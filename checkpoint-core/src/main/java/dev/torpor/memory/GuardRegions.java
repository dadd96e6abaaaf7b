// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Pagemap;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;

/**
 * Guard regions, madvise(2) MADV_GUARD_INSTALL since Linux 6.13: parts of mappings that no access
 * reaches, such as the end of every thread's stack since glibc 2.42. As in CRIU's images each is an
 * entry of its own, behind the mappings.
 */
final class GuardRegions {
  private static final int REGIONS_AT_A_TIME = 64;

  private GuardRegions() {}

  /**
   * The entries of all that a task has; looks only where the kernel says that there may be some.
   */
  static List<vma_entry> capture(ProcFs proc, int pid, List<Mapping> mappings) {
    List<vma_entry> guards = new ArrayList<>();
    for (Mapping mapping : mappings) {
      if (mapping.hasFlag(VmaEntries.GUARD_FLAG)) {
        return scan(proc, pid, mappings);
      }
    }
    return guards;
  }

  private static List<vma_entry> scan(ProcFs proc, int pid, List<Mapping> mappings) {
    List<vma_entry> guards = new ArrayList<>();
    int roomBytes = Pagemap.PmScanArg.SIZEOF + REGIONS_AT_A_TIME * Pagemap.PageRegion.SIZEOF;
    try (NativeMemory room = NativeMemory.allocate(roomBytes);
        PagemapScan scan = new PagemapScan(proc.path(pid, "pagemap"), room, true)) {
      for (Mapping mapping : mappings) {
        if (mapping.hasFlag(VmaEntries.GUARD_FLAG)) {
          scan.guards(
              mapping.start(), mapping.end(), (start, end) -> guards.add(entry(start, end)));
        }
      }
    }
    return guards;
  }

  private static vma_entry entry(long start, long end) {
    return vma_entry
        .newBuilder()
        .setStart(start)
        .setEnd(end)
        .setPgoff(0)
        .setShmid(0)
        .setProt(0)
        .setFlags(0)
        .setStatus(VmaStatus.GUARD)
        .setFd(-1)
        .build();
  }

  /** The entries in front of them, which are mappings. */
  static List<Vma> without(List<Vma> vmas) {
    int count = vmas.size();
    while (count > 0 && vmas.get(count - 1).status() == VmaStatus.GUARD) {
      count--;
    }
    return vmas.subList(0, count);
  }
}
