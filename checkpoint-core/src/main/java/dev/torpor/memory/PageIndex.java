// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import java.io.IOException;
import java.util.Arrays;

/**
 * One pagemap: the pages whose content images hold, by address, and where in pages-N.img each lies.
 * Arrays, for a task may have hundreds of thousands of ranges.
 */
final class PageIndex implements Spans {
  /** Fields without which an entry is damaged. */
  private static final int REQUIRED =
      1 << pagemap_entry.VADDR_FIELD_NUMBER | 1 << pagemap_entry.COMPAT_NR_PAGES_FIELD_NUMBER;

  private final String subject;
  private final int pagesId;
  private long[] starts = new long[16];
  private long[] ends = new long[16];
  private long[] offsets = new long[17];
  private int size;

  /** Where the last search ended: as a rule the next is for what lies there or right behind it. */
  private int near;

  private PageIndex(String subject, int pagesId) {
    this.subject = subject;
    this.pagesId = pagesId;
  }

  /**
   * Reads one.
   *
   * @param subject whose pages these are, for messages
   * @throws UnsupportedException if pages lie in parent images
   * @throws ImageException if an entry cannot be, or entries contradict another
   */
  static PageIndex read(ImageStore directory, ImageType type, long id, String subject)
      throws IOException {
    try (ImageReader reader = directory.read(type, id)) {
      PageIndex index = new PageIndex(subject, reader.next(pagemap_head.parser()).getPagesId());
      long[] fields = new long[pagemap_entry.NR_PAGES_FIELD_NUMBER + 1];
      while (reader.hasNext()) {
        index.readEntry(reader, fields);
      }
      return index;
    }
  }

  private void readEntry(ImageReader reader, long[] fields) throws IOException {
    int present = reader.numbers(fields, REQUIRED);
    if (present != 0) {
      boolean inParent =
          has(present, pagemap_entry.IN_PARENT_FIELD_NUMBER)
              && fields[pagemap_entry.IN_PARENT_FIELD_NUMBER] != 0;
      boolean isParents =
          has(present, pagemap_entry.FLAGS_FIELD_NUMBER)
              && (fields[pagemap_entry.FLAGS_FIELD_NUMBER] & PageRange.PE_PARENT) != 0;
      long count =
          has(present, pagemap_entry.NR_PAGES_FIELD_NUMBER)
              ? fields[pagemap_entry.NR_PAGES_FIELD_NUMBER]
              : (int) fields[pagemap_entry.COMPAT_NR_PAGES_FIELD_NUMBER];
      add(fields[pagemap_entry.VADDR_FIELD_NUMBER], count, inParent || isParents, reader);
    } else {
      pagemap_entry entry = reader.next(pagemap_entry.parser());
      add(
          entry.getVaddr(),
          entry.hasNrPages() ? entry.getNrPages() : entry.getCompatNrPages(),
          entry.getInParent() || (entry.getFlags() & PageRange.PE_PARENT) != 0,
          reader);
    }
  }

  private static boolean has(int present, int field) {
    return (present >> field & 1) != 0;
  }

  private void checkOrder(long start, ImageReader reader) throws ImageException {
    if (size > 0 && Long.compareUnsigned(start, ends[size - 1]) < 0) {
      throw new ImageException(
          ImageException.Problem.CONTRADICTION,
          reader.name(),
          reader.position(),
          "pages behind 0x" + Long.toHexString(ends[size - 1]),
          "pages at 0x" + Long.toHexString(start),
          "restore from another copy");
    }
  }

  private void add(long start, long count, boolean inParent, ImageReader reader)
      throws ImageException {
    checkOrder(start, reader);
    if (inParent) {
      throw new UnsupportedException(
          subject, "its pages lie in parent images; incremental images are not carried yet");
    }
    long end = start + count * PAGE_SIZE;
    if (count <= 0
        || count > Long.MAX_VALUE / PAGE_SIZE
        || Long.compareUnsigned(end, start) <= 0
        || start % PAGE_SIZE != 0) {
      throw ImageException.contradiction(
          "pagemap of " + subject, count + " pages at 0x" + Long.toHexString(start));
    }
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
      offsets = Arrays.copyOf(offsets, 2 * size + 1);
    }
    starts[size] = start;
    ends[size] = end;
    offsets[size + 1] = offsets[size] + end - start;
    size++;
  }

  /** The number of the pages-N.img. */
  int pagesId() {
    return pagesId;
  }

  /** How much of pages-N.img they take. */
  long lengthBytes() {
    return offsets[size];
  }

  /** Where the content of an address of a range is. */
  long offsetBytes(int index, long address) {
    return offsets[index] + address - starts[index];
  }

  /** Whether the images have all pages of a range. */
  boolean coversAll(long start, long end) {
    long at = start;
    for (int i = firstEndingBehind(start); i < size && Long.compareUnsigned(at, end) < 0; i++) {
      if (Long.compareUnsigned(starts[i], at) > 0) {
        return false;
      }
      at = ends[i];
    }
    return Long.compareUnsigned(at, end) >= 0;
  }

  @Override
  public int firstEndingBehind(long address) {
    near = firstEndingBehind(address, near);
    return near;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public long start(int index) {
    return starts[index];
  }

  @Override
  public long end(int index) {
    return ends[index];
  }
}
