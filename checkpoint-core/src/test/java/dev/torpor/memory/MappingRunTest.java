// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.MAP_ANONYMOUS;
import static dev.torpor.linux.Mman.MAP_GROWSDOWN;
import static dev.torpor.linux.Mman.MAP_LOCKED;
import static dev.torpor.linux.Mman.MAP_PRIVATE;
import static dev.torpor.linux.Mman.PROT_NONE;
import static dev.torpor.linux.Mman.PROT_READ;
import static dev.torpor.linux.Mman.PROT_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.core.CoreRooms;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.ProgramText;
import org.junit.jupiter.api.Test;

/** Pages one behind the other, each a mapping of its own. */
class MappingRunTest {
  private static final int PAGE = 4096;
  private static final long BASE = 0x10_0000;
  private static final int FLAGS = MAP_PRIVATE | MAP_ANONYMOUS;

  private final mm_entry.Builder mm = mm_entry.newBuilder();

  private void add(int count, int flags, int... protections) {
    for (int i = 0; i < count; i++) {
      long start = BASE + (long) mm.getVmasCount() * PAGE;
      mm.addVmas(
          vma_entry
              .newBuilder()
              .setStart(start)
              .setEnd(start + PAGE)
              .setProt(protections[i % protections.length])
              .setFlags(flags)
              .setStatus(VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE)
              .buildPartial());
    }
  }

  private AddressSpace space() {
    return new AddressSpace(
        "task 42",
        MmImage.of(mm.buildPartial()),
        new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES),
        new MappedPaths(Maps.NO_IMAGES));
  }

  private MappingRun runs() {
    return new MappingRun(space(), area -> false);
  }

  @Test
  void fewAreMappedOneByOne() {
    add(15, FLAGS, PROT_READ, PROT_NONE);
    assertThat(runs().end(0)).isZero();
    add(1, FLAGS, PROT_NONE);
    assertThat(runs().end(0)).isEqualTo(16);
    assertThat(runs().end(1)).isEqualTo(1);
  }

  @Test
  void aRunEndsWhereMappingsDiffer() {
    add(20, FLAGS, PROT_READ, PROT_NONE);
    add(20, FLAGS | MAP_LOCKED, PROT_READ);
    add(20, FLAGS | MAP_GROWSDOWN, PROT_READ);
    assertThat(runs().end(0)).isEqualTo(40);
    assertThat(runs().end(40)).isEqualTo(40);
    MappingRun oneStands = new MappingRun(space(), area -> area.start() == BASE + 18 * PAGE);
    assertThat(oneStands.end(0)).isEqualTo(18);
    mm.removeVmas(17);
    assertThat(runs().end(0)).isEqualTo(17);
  }

  @Test
  void oneIsMappedAndMadeAccessible() {
    add(3, FLAGS | MAP_LOCKED, PROT_READ | PROT_WRITE, PROT_NONE, PROT_READ);
    Program program = new Program("task 42");
    runs().map(program, 0, 3, area -> area.start() == BASE + 2 * PAGE);
    assertThat(ProgramText.lines(program))
        .containsExactly(
            "mapping mappings 100000-103000 of task 42:"
                + " mmap(1048576, 12288, 0, 50, -1, 0) = 1048576",
            "giving access to mappings 100000-103000 of task 42: mprotect("
                + "["
                + row(0, 3)
                + row(2, 3)
                + "], 2)");
  }

  /** Address, length and protection, as little-endian words. */
  private static String row(int page, int protection) {
    String words = "";
    for (long word : new long[] {BASE + (long) page * PAGE, PAGE, protection}) {
      words += String.format("%016x", Long.reverseBytes(word));
    }
    return words;
  }
}
