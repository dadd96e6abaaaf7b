// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.inject.Program;
import dev.torpor.memory.PageReading.Manner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A pagemap and the pages-N.img it describes: contents of memory, to be read to their places. */
public final class PageImage {
  private final PageIndex index;
  private final PageOrigin origin;
  private final String subject;

  private PageImage(PageIndex index, String subject) {
    this.index = index;
    this.origin = PagesFile.of(index.pagesId());
    this.subject = subject;
  }

  /**
   * The pages of a task; the vdso it had is compared with the kernel's.
   *
   * @param index its pagemap
   * @param mappings where its pages lie
   * @throws ImageException if pages lie outside the task's mappings
   */
  static PageImage ofTask(
      ImageStore directory, PageIndex index, AddressSpace mappings, KernelAreas kernelAreas)
      throws IOException {
    String subject = mappings.subject();
    checkMapped(index, mappings, subject);
    try (FileChannel pages = open(directory, index, subject)) {
      int vdso = mappings.vdso();
      if (vdso >= 0 && index.touches(mappings.start(vdso), mappings.end(vdso))) {
        kernelAreas.compare(
            content(pages, index, mappings.start(vdso), mappings.end(vdso)), subject);
      }
    }
    return new PageImage(index, subject);
  }

  /** Goes along both once, as there may be tens of thousands of each. */
  private static void checkMapped(PageIndex index, AddressSpace mappings, String subject) {
    int mapping = 0;
    for (int i = 0; i < index.size(); i++) {
      for (long at = index.start(i);
          Long.compareUnsigned(at, index.end(i)) < 0;
          at = mappings.end(mapping)) {
        while (mapping < mappings.size() && Long.compareUnsigned(mappings.end(mapping), at) <= 0) {
          mapping++;
        }
        if (mapping == mappings.size() || Long.compareUnsigned(mappings.start(mapping), at) > 0) {
          throw ImageException.contradiction(
              "pagemap of " + subject,
              "pages at 0x" + Long.toHexString(at) + ", where the task has no mapping");
        }
      }
    }
  }

  /** Reads the pagemap of shared memory; see {@link #ofTask}. */
  public static PageImage ofShared(ImageStore directory, long id, String subject)
      throws IOException {
    PageIndex index = PageIndex.read(directory, ImageType.SHMEM_PAGEMAP, id, subject);
    open(directory, index, subject).close();
    return new PageImage(index, subject);
  }

  /**
   * Opens pages that must be as many as their pagemap has; one of the two was cut or mixed up else.
   */
  private static FileChannel open(ImageStore directory, PageIndex index, String subject)
      throws IOException {
    FileChannel pages = directory.readRaw(ImageType.PAGES, index.pagesId());
    long found = pages.size();
    if (found != index.lengthBytes()) {
      pages.close();
      throw new ImageException(
          ImageException.Problem.CONTRADICTION,
          ImageType.PAGES.fileName(index.pagesId()),
          Math.min(found, index.lengthBytes()),
          index.lengthBytes() + " bytes, which the pagemap of " + subject + " has",
          found + " bytes",
          "restore from another copy");
    }
    return pages;
  }

  /**
   * The pages of a range, which are read when it is planned.
   *
   * @return nothing if the images have none of them; shorter than the range if not all
   */
  static byte[] content(ImageStore directory, PageIndex index, long start, long end)
      throws IOException {
    if (!index.touches(start, end)) {
      return new byte[0];
    }
    try (FileChannel pages = directory.readRaw(ImageType.PAGES, index.pagesId())) {
      return content(pages, index, start, end);
    }
  }

  /** Of pages that are not all there it is shorter than their range. */
  private static byte[] content(FileChannel pages, PageIndex index, long start, long end)
      throws IOException {
    int first = index.firstEndingBehind(start);
    long stop = Math.min(end, index.end(first));
    ByteBuffer content = ByteBuffer.allocate((int) (stop - Math.max(start, index.start(first))));
    long offset = index.offsetBytes(first, Math.max(start, index.start(first)));
    int got = 0;
    while (got >= 0 && content.hasRemaining()) {
      got = pages.read(content, offset + content.position());
    }
    return content.array();
  }

  /** Pages that the image holds. */
  public long pageCount() {
    return index.lengthBytes() / PAGE_SIZE;
  }

  /** Which pages it holds. */
  PageIndex index() {
    return index;
  }

  /** Reads all pages of shared memory, which is mapped from its beginning on. */
  public void readAll(Program program, Provisions provisions, long address) {
    PageReading reading = read(program, provisions);
    for (int i = 0; i < index.size(); i++) {
      reading.read(i, index.start(i), index.end(i), address + index.start(i), Manner.WRITE);
    }
    reading.close();
  }

  /** Begins to read pages in a program. */
  PageReading read(Program program, Provisions provisions) {
    return new PageReading(program, index, origin, subject, provisions);
  }
}
