// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.memory.Areas.Area;
import java.util.List;
import java.util.function.Predicate;

/**
 * Anonymous mappings one behind the other that differ in nothing but protection. All are mapped at
 * once, without access, and then each gets its own: the kernel divides them, joins neighbours that
 * are alike and counts what is committed as if each had been mapped by itself, in two thirds of the
 * time.
 */
final class MappingRun {
  /** Fewer are mapped one by one. */
  private static final int MANY = 16;

  private final AddressSpace space;
  private final Predicate<Area> stands;

  /**
   * Looks for them among the mappings of a task.
   *
   * @param stands whether a mapping is there already
   */
  MappingRun(AddressSpace space, Predicate<Area> stands) {
    this.space = space;
    this.stands = stands;
  }

  /** The end of the run that begins with a mapping; the same mapping if there are not many. */
  int end(int first) {
    List<Area> all = space.mappings();
    int end = first;
    while (end < all.size()
        && isCandidate(all.get(end))
        && (end == first || continues(all.get(end - 1), all.get(end)))) {
      end++;
    }
    return end - first < MANY ? first : end;
  }

  private boolean isCandidate(Area area) {
    return area.room().isPlain(area.like()) && !stands.test(area);
  }

  private static boolean continues(Area one, Area next) {
    return one.end() == next.start() && flags(one) == flags(next);
  }

  /** Locking comes later. */
  private static int flags(Area area) {
    return area.like().flags() & ~Mman.MAP_LOCKED;
  }

  /**
   * Appends the calls that map a run.
   *
   * @param needsWrite whether a mapping is to be written to, whatever its own protection
   */
  void map(Program program, int first, int end, Predicate<Area> needsWrite) {
    List<Area> run = space.mappings().subList(first, end);
    long start = run.get(0).start();
    Object name = new Name(start, run.get(run.size() - 1).end(), program.subject());
    program
        .call("mapping ", name, Nr.SYS_mmap)
        .arg(start)
        .arg(run.get(run.size() - 1).end() - start)
        .arg(Mman.PROT_NONE)
        .arg(flags(run.get(0)) | Mman.MAP_FIXED)
        .arg(-1)
        .arg(0)
        .expect(start);
    long[] rows = new long[run.size() * Program.ROW_WORDS];
    int used = 0;
    for (Area area : run) {
      int protection = area.like().prot() | (needsWrite.test(area) ? Mman.PROT_WRITE : 0);
      if (protection != Mman.PROT_NONE) {
        rows[used++] = area.start();
        rows[used++] = area.end() - area.start();
        rows[used++] = protection;
      }
    }
    Data table = program.reserve(used * Long.BYTES).putLongs(rows, used);
    program.each("giving access to ", name, Nr.SYS_mprotect, table);
  }

  /** Put together when a message needs it. */
  private record Name(long start, long end, String task) {
    @Override
    public String toString() {
      return "mappings " + Long.toHexString(start) + "-" + Long.toHexString(end) + " of " + task;
    }
  }
}
