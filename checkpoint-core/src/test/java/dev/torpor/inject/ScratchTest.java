// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import dev.torpor.proc.Mapping;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a stopped process is asked, by where its stack pointers stand. */
@Timeout(60)
class ScratchTest {
  private static final int LENGTH = 16 * 1024;
  private static final int DISTANCE = 16 * 1024;
  private static final int RED_ZONE = 128;
  private static final int LEAST = 4096;

  private Cat cat;
  private Mapping stack;
  private Mapping heap;

  @BeforeEach
  void stop() throws Exception {
    cat = Cat.start();
    Ptrace.seize(cat.pid(), 0);
    Ptrace.interrupt(cat.pid());
    assertThat(Wait.wait4(cat.pid(), Wait.__WALL).isStopped()).isTrue();
    stack = named("[stack]");
    heap = named("[heap]");
  }

  @AfterEach
  void end() throws Exception {
    cat.close();
  }

  private Mapping named(String name) {
    return cat.mappings().stream().filter(m -> m.name().equals(name)).findAny().orElseThrow();
  }

  private Scratch scratch(long... stackPointers) {
    return new Scratch(cat.pid(), cat.mappings(), stackPointers, null);
  }

  private List<Mapping> mappingsWithoutStack() {
    return cat.mappings().stream().filter(m -> !m.name().equals("[stack]")).toList();
  }

  @Test
  void endOfTheMainStackIfThatIsZeros() {
    try (Scratch scratch = scratch(stack.end() - 4096, heap.end() - 4096)) {
      ScratchRange range = new ScratchRange(stack.start(), LENGTH);
      assertThat(scratch.blank()).isEqualTo(range);
      scratch.choose(heap.end() - 4096, LEAST);
      assertThat(scratch.address()).isEqualTo(range.address());
      assertThat(scratch.lengthBytes()).isEqualTo(LENGTH);
    }
    assertThat(named("[stack]").start()).isEqualTo(stack.start());
  }

  @Test
  void belowTheLowestOfTheStackPointersThere() {
    long near = stack.start() + LENGTH + DISTANCE - 8;
    try (Scratch scratch = scratch(stack.end() - 4096, near)) {
      assertThat(scratch.blank()).isEqualTo(new ScratchRange(stack.start() - 4096, LENGTH));
    }
    assertThat(named("[stack]").start()).isEqualTo(stack.start() - 4096);
  }

  @Test
  void aThreadThatIsAloneNeedsNoDistance() {
    try (Scratch scratch = scratch(stack.start() + LENGTH + RED_ZONE)) {
      assertThat(scratch.blank().address()).isEqualTo(stack.start());
    }
    try (Scratch scratch = scratch(stack.start() + 8)) {
      assertThat(scratch.blank().address()).isEqualTo(stack.start() - LENGTH - 4096);
    }
  }

  @Test
  void whatEarlierCallsHaveLeftIsPutBack() {
    byte[] left = {1, 2, 3, 4};
    cat.write(stack.start() + LENGTH - left.length, left);
    try (Scratch scratch = scratch(stack.end() - 4096)) {
      assertThat(scratch.blank()).isNull();
      scratch.choose(stack.end() - 4096, LEAST);
      assertThat(scratch.address()).isEqualTo(stack.start());
      overwrite(scratch);
    }
    assertThat(cat.read(stack.start() + LENGTH - left.length, left.length)).isEqualTo(left);
    assertThat(named("[stack]").start()).isEqualTo(stack.start());
  }

  private static void overwrite(Scratch scratch) {
    int from = scratch.lengthBytes() - LEAST;
    scratch.save(from + 64);
    scratch.save(from);
    for (int i = from; i < scratch.lengthBytes(); i++) {
      scratch.content.putByte(i, 0xaa);
    }
    scratch.write(from, scratch.lengthBytes() - from);
  }

  @Test
  void contentBelowALeaderThatIsElsewhereMayBeInUse() {
    cat.write(stack.start() + LENGTH + 8, new byte[] {1});
    try (Scratch scratch = scratch(heap.end() - 4096)) {
      long address = stack.start() - DISTANCE - LENGTH;
      assertThat(scratch.blank()).isEqualTo(new ScratchRange(address, LENGTH));
    }
  }

  @Test
  void zerosBelowALeaderThatIsElsewhereAreNot() {
    try (Scratch scratch = scratch(0)) {
      assertThat(scratch.blank()).isEqualTo(new ScratchRange(stack.start(), LENGTH));
    }
  }

  @Test
  void withoutAMainStackBelowTheRedZoneOfEachThread() {
    long first = heap.end() - 8;
    long second = heap.start() + 64 * 1024;
    byte[] left = cat.read(first - RED_ZONE - LEAST, LEAST);
    long[] pointers = {first, second};
    try (Scratch scratch = new Scratch(cat.pid(), mappingsWithoutStack(), pointers, null)) {
      assertThat(scratch.blank()).isNull();
      scratch.choose(first, LEAST);
      assertThat(scratch.address() + scratch.lengthBytes()).isEqualTo(first - RED_ZONE);
      assertThat(scratch.lengthBytes()).isBetween(LEAST, LENGTH);
      overwrite(scratch);
      scratch.choose(second, LEAST);
      assertThat(cat.read(first - RED_ZONE - LEAST, LEAST)).isEqualTo(left);
      assertThat(scratch.address() + scratch.lengthBytes()).isEqualTo(second - RED_ZONE);
    }
  }

  @Test
  void aStackThatHasNothingOnItYetEndsWithItsMapping() {
    try (Scratch scratch =
        new Scratch(cat.pid(), mappingsWithoutStack(), new long[] {heap.end()}, null)) {
      scratch.choose(heap.end(), LEAST);
      assertThat(scratch.address() + scratch.lengthBytes()).isEqualTo(heap.end() - RED_ZONE);
    }
  }

  @Test
  void aThreadWithoutAStackIsAskedFarBelowAnothers() {
    long other = heap.end() - 8;
    long[] pointers = {1, heap.start() + LEAST, other};
    try (Scratch scratch = new Scratch(cat.pid(), mappingsWithoutStack(), pointers, null)) {
      for (long pointer : new long[] {1, heap.start() + LEAST}) {
        scratch.choose(pointer, LEAST);
        assertThat(scratch.address() + scratch.lengthBytes())
            .isEqualTo(other - RED_ZONE - DISTANCE);
      }
    }
  }

  @Test
  void aMainStackWithAMappingRightBelowCannotGrow() {
    List<Mapping> mappings = new ArrayList<>(cat.mappings());
    long wall = stack.start() - 4096;
    mappings.add(new Mapping(wall, stack.start(), "---p", 0, "00:00", 0, "", " "));
    long pointer = stack.start() + 8 * 1024;
    try (Scratch scratch = new Scratch(cat.pid(), mappings, new long[] {pointer}, null)) {
      scratch.choose(pointer, LEAST);
      assertThat(scratch.address() + scratch.lengthBytes()).isEqualTo(pointer - RED_ZONE);
      assertThat(scratch.address()).isGreaterThanOrEqualTo(stack.start());
    }
  }

  @Test
  void noStackAtAll() {
    try (Scratch scratch =
        new Scratch(cat.pid(), mappingsWithoutStack(), new long[] {heap.start() + 8}, null)) {
      assertThatThrownBy(() -> scratch.choose(heap.start() + 8, LEAST))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageStartingWith("task " + cat.pid() + ": ")
          .hasMessageContaining("none of its threads has a stack with 4096 free bytes");
    }
  }

  @Test
  void keptWhileAThreadLeavesByIt() {
    Scratch scratch = scratch(stack.end() - 4096);
    scratch.choose(stack.end() - 4096, LEAST);
    overwrite(scratch);
    scratch.entered = true;
    scratch.close();
    assertThat(cat.read(stack.start() + LENGTH - 1, 1)).containsExactly(0xaa);
  }
}
