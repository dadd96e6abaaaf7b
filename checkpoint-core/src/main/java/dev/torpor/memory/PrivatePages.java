// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.memory.Areas.Area;
import dev.torpor.memory.PageReading.Manner;

/**
 * The contents of a task's private memory: read from the image where the task has mapped it anew,
 * made equal to the image where it was inherited.
 */
final class PrivatePages {
  private final AddressSpace space;
  private final PageImage pages;
  private final Inheritance inheritance;
  private final Provisions provisions;

  /** Of one task. */
  PrivatePages(
      AddressSpace space, PageImage pages, Inheritance inheritance, Provisions provisions) {
    this.space = space;
    this.pages = pages;
    this.inheritance = inheritance;
    this.provisions = provisions;
  }

  Inheritance inheritance() {
    return inheritance;
  }

  PageIndex index() {
    return pages.index();
  }

  /** Fills the mappings that stand before children are born. */
  void fillHanded(Program program) {
    fill(program, true);
  }

  /** Fills all others. */
  void fillRest(Program program) {
    fill(program, false);
  }

  private void fill(Program program, boolean handed) {
    PageReading reading = pages.read(program, provisions);
    PageIndex index = pages.index();
    for (Area mapping : space.mappings()) {
      if (!mapping.hasOwnPages() || inheritance.handed().covers(mapping) != handed) {
        continue;
      }
      if (inheritance.kept().covers(mapping)) {
        drop(program, mapping);
        index.within(
            mapping.start(),
            mapping.end(),
            (start, end, range) -> update(reading, start, end, range));
      } else {
        readAll(reading, mapping, mapping.isCode() ? Manner.PATCH : Manner.WRITE);
      }
    }
    reading.close();
  }

  private void readAll(PageReading reading, Area mapping, Manner manner) {
    PageIndex index = pages.index();
    for (int range = index.firstEndingBehind(mapping.start());
        range < index.size() && Long.compareUnsigned(index.start(range), mapping.end()) < 0;
        range++) {
      long start = Math.max(index.start(range), mapping.start());
      long end = Math.min(index.end(range), mapping.end());
      reading.read(range, start, end, start, manner);
    }
  }

  private void update(PageReading reading, long start, long end, int range) {
    inheritance
        .bornPages()
        .cut(
            start,
            end,
            (from, to, inherited) ->
                reading.read(
                    range,
                    from,
                    to,
                    from,
                    inherited == Spans.OUTSIDE ? Manner.WRITE : Manner.COMPARE));
  }

  /** Pages that the parent has and this task has not, or not any more. */
  private void drop(Program program, Area mapping) {
    inheritance
        .bornPages()
        .within(
            mapping.start(),
            mapping.end(),
            (start, end, range) ->
                pages
                    .index()
                    .between(
                        start,
                        end,
                        (from, to, none) ->
                            program
                                .call(
                                    "dropping inherited pages of " + space.subject(mapping.like()),
                                    Nr.SYS_madvise)
                                .arg(from)
                                .arg(to - from)
                                .arg(Mman.MADV_DONTNEED)));
  }
}
