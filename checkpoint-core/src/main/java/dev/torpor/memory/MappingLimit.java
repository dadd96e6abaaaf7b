// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.Spans.OUTSIDE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.memory.Areas.Area;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import java.util.function.Predicate;

/**
 * A task may have all its mappings while the stage is there, too. The kernel refuses a mapping if
 * there are more than vm.max_map_count before it (do_mmap in mm/mmap.c), so a task can have one
 * more. But mprotect(2) divides none if there are as many (split_vma in mm/vma.c), and a restore
 * divides what was mapped writable for its content and has a neighbour like it. Neighbours that the
 * kernel may join in the end are counted once.
 *
 * @param subject whose mappings they are
 * @param space the mappings
 * @param needsWrite whether one is mapped to be written: it counts as committed memory then, also
 *     when it is read-only later, and others beside it do not
 */
record MappingLimit(String subject, AddressSpace space, Predicate<Area> needsWrite)
    implements Need {
  /** The blob's code, and the rest. */
  private static final int MAPPINGS_OF_STAGE = 2;

  @Override
  public void verify(Machine machine) {
    int count = count(machine);
    if (count + MAPPINGS_OF_STAGE > machine.maxMapCount()) {
      throw new UnsupportedException(
          subject,
          "it has "
              + count
              + " mappings, and needs "
              + MAPPINGS_OF_STAGE
              + " more while it is restored, but vm.max_map_count is "
              + machine.maxMapCount()
              + "; raise it (sysctl vm.max_map_count)");
    }
  }

  private int count(Machine machine) {
    int count = space.vdso() == OUTSIDE ? 0 : KernelAreas.count(machine.mappings());
    Area before = null;
    for (Area area : space.mappings()) {
      // The kernel's own are not in as many parts in images; [vsyscall] is no mapping of a task.
      if (!(area.room() instanceof KernelMapping)) {
        count += before != null && mayBeJoined(before, area) ? 0 : 1;
        before = area;
      }
    }
    return count;
  }

  private boolean mayBeJoined(Area one, Area next) {
    return one.end() == next.start()
        && one.like().prot() == next.like().prot()
        && one.like().madv() == next.like().madv()
        && one.hasSameBacking(next)
        && needsWrite.test(one) == needsWrite.test(next);
  }
}
