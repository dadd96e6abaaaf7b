// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.runtime.crit.Checkpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The memory of a task as far as its images have it: runs of pages by address. */
public final class SavedMemory implements AutoCloseable {
  static final int PAGE_SHIFT = 12;
  private static final int PE_PARENT = 1;
  private static final int PE_PRESENT = 4;
  private static final byte[] NOTHING = {};

  /**
   * Pages that follow each other.
   *
   * @param start address
   * @param end address behind the last
   * @param offset where they are in the file of pages
   */
  public record Run(long start, long end, long offset) {}

  private final List<Run> runs = new ArrayList<>();
  private final FileChannel pages;
  private boolean elsewhere;

  private SavedMemory(ImageStore images, long pid) throws IOException {
    long pagesId;
    long offset = 0;
    try (ImageReader pagemap = images.read(ImageType.PAGEMAP, pid)) {
      pagesId = Checkpoint.number(pagemap.next(pagemap_head.parser()).getPagesId());
      while (pagemap.hasNext()) {
        offset = add(pagemap.next(pagemap_entry.parser()), offset, pid);
      }
    }
    pages = runs.isEmpty() ? null : images.readRaw(ImageType.PAGES, pagesId);
  }

  /**
   * Reads which pages there are; null of a task that has none in these images.
   *
   * @throws ImageException if that is damaged
   */
  public static SavedMemory of(ImageStore images, long pid) throws IOException {
    return images.has(ImageType.PAGEMAP, pid) ? new SavedMemory(images, pid) : null;
  }

  private long add(pagemap_entry run, long offset, long pid) {
    long count = Checkpoint.pages(run);
    long start = run.getVaddr();
    long end = start + (count << PAGE_SHIFT);
    long behind = runs.isEmpty() ? 0 : runs.get(runs.size() - 1).end;
    if (count <= 0
        || count > Long.MAX_VALUE >> PAGE_SHIFT
        || Long.compareUnsigned(end, start) <= 0
        || Long.compareUnsigned(start, behind) < 0) {
      throw ImageException.contradiction(
          "pagemap of task " + pid, count + " pages at 0x" + Long.toHexString(start));
    }
    if (run.getInParent() || (run.getFlags() & PE_PARENT) != 0) {
      elsewhere = true;
      return offset;
    }
    if (run.hasFlags() && (run.getFlags() & PE_PRESENT) == 0) {
      return offset;
    }
    runs.add(new Run(start, end, offset));
    return offset + end - start;
  }

  /** In the order of their addresses. */
  public List<Run> runs() {
    return runs;
  }

  /** Whether some of it is in the images of an earlier dump. */
  public boolean isPartlyElsewhere() {
    return elsewhere;
  }

  /** How much of a range is there. */
  long savedBytes(long start, long end) {
    long sum = 0;
    for (int i = firstEndingBehind(start); i < runs.size(); i++) {
      Run run = runs.get(i);
      if (Long.compareUnsigned(run.start, end) >= 0) {
        break;
      }
      sum += least(run.end, end) - most(run.start, start);
    }
    return sum;
  }

  /** All that is there. */
  public long savedBytes() {
    Run last = runs.isEmpty() ? new Run(0, 0, 0) : runs.get(runs.size() - 1);
    return last.offset + last.end - last.start;
  }

  /** What is there of a range from its start on; it is shorter if not all is. */
  byte[] read(long start, int lengthBytes) throws IOException {
    int first = firstEndingBehind(start);
    if (first == runs.size() || Long.compareUnsigned(runs.get(first).start, start) > 0) {
      return NOTHING;
    }
    byte[] content = new byte[lengthBytes];
    int got = 0;
    for (int i = first; i < runs.size() && got < lengthBytes; i++) {
      Run run = runs.get(i);
      long at = start + got;
      if (Long.compareUnsigned(run.start, at) > 0) {
        break;
      }
      int count = (int) Math.min(lengthBytes - got, run.end - at);
      read(run, at - run.start, ByteBuffer.wrap(content, got, count));
      got += count;
    }
    return Arrays.copyOf(content, got);
  }

  /**
   * Fills a buffer from a run.
   *
   * @throws IOException if the file of pages ends before that
   */
  public void read(Run run, long skipBytes, ByteBuffer into) throws IOException {
    long at = run.offset + skipBytes;
    int got;
    for (; into.hasRemaining(); at += got) {
      got = pages.read(into, at);
      if (got < 0) {
        throw new IOException(
            "the file of pages ends at "
                + pages.size()
                + ", before all that the pagemap has: it was cut, copy it again");
      }
    }
  }

  private int firstEndingBehind(long address) {
    int low = 0;
    int high = runs.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(runs.get(middle).end, address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long least(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }

  private static long most(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }

  @Override
  public void close() throws IOException {
    if (pages != null) {
      pages.close();
    }
  }
}
