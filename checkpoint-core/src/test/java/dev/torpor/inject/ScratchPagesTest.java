// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.Mapping;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The unused end of a running process's stack. */
class ScratchPagesTest {
  private static final int MARK_BYTES = 16;

  private static Mapping stack(List<Mapping> mappings) {
    return mappings.stream().filter(m -> m.name().equals("[stack]")).findAny().orElseThrow();
  }

  @Test
  void lowestPagesOfTheStack() throws Exception {
    try (Cat cat = Cat.start()) {
      Mapping stack = stack(cat.mappings());
      ScratchPages pages =
          ScratchPages.find(cat.pid(), cat.mappings(), new long[] {stack.end() - 4096});
      assertThat(pages.address()).isEqualTo(stack.start());
      assertThat(pages.lengthBytes()).isEqualTo(16 * 1024 - MARK_BYTES);
    }
  }

  @Test
  void stackPointerNear() throws Exception {
    try (Cat cat = Cat.start()) {
      long start = stack(cat.mappings()).start();
      for (long near : new long[] {start, start + 16 * 1024, start + 32 * 1024 - 8}) {
        refused(cat, cat.mappings(), "used down to the last page", start + 64 * 1024, near);
      }
      ScratchPages.find(cat.pid(), cat.mappings(), new long[] {start + 32 * 1024, start - 8});
    }
  }

  @Test
  void contentThere() throws Exception {
    try (Cat cat = Cat.start()) {
      cat.write(stack(cat.mappings()).start() + 16 * 1024 - 1, new byte[] {1});
      refused(cat, cat.mappings(), "used down to the last page");
    }
  }

  @Test
  void whatAKilledDumperLeftIsTakenAgain() throws Exception {
    try (Cat cat = Cat.start()) {
      ScratchPages pages = ScratchPages.find(cat.pid(), cat.mappings(), new long[0]);
      pages.take(cat.pid());
      cat.write(pages.address() + 64, new byte[] {1});
      assertThat(ScratchPages.find(cat.pid(), cat.mappings(), new long[0])).isEqualTo(pages);
      refused(cat, cat.mappings(), "used down to the last page", pages.address() + 8);
    }
  }

  @Test
  void zerosWhenGivenBack() throws Exception {
    try (Cat cat = Cat.start()) {
      ScratchPages pages = ScratchPages.find(cat.pid(), cat.mappings(), new long[0]);
      ScratchPages.Taken taken = pages.take(cat.pid());
      cat.write(pages.address() + 64, new byte[] {1});
      taken.close();
      assertThat(cat.read(pages.address(), 16 * 1024)).containsOnly(0);
    }
  }

  @Test
  void keptWhileAThreadLeavesByThem() throws Exception {
    try (Cat cat = Cat.start()) {
      ScratchPages pages = ScratchPages.find(cat.pid(), cat.mappings(), new long[0]);
      ScratchPages.Taken taken = pages.take(cat.pid());
      cat.write(pages.address() + 64, new byte[] {1});
      taken.entered = true;
      taken.close();
      assertThat(cat.read(pages.address() + 64, 1)).containsExactly(1);
    }
  }

  @Test
  void noStack() throws Exception {
    try (Cat cat = Cat.start()) {
      List<Mapping> others =
          cat.mappings().stream().filter(m -> !m.name().equals("[stack]")).toList();
      refused(cat, others, "unmapped its main stack");
    }
  }

  private static void refused(Cat cat, List<Mapping> mappings, String why, long... pointers) {
    assertThatThrownBy(() -> ScratchPages.find(cat.pid(), mappings, pointers))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageStartingWith("task " + cat.pid() + ": ")
        .hasMessageContaining(why);
  }
}
