// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/** A task's pagemap-PID.img and the pages-N.img it describes. */
public final class PageImage {
  private final String subject;
  private final int pagesId;
  private final List<PageRange> ranges;
  private final mm_entry mm;
  private final SharedAreas shared;
  private final ServiceFd images;

  private PageImage(
      String subject,
      int pagesId,
      List<PageRange> ranges,
      mm_entry mm,
      SharedAreas shared,
      ServiceFd images) {
    this.subject = subject;
    this.pagesId = pagesId;
    this.ranges = ranges;
    this.mm = mm;
    this.shared = shared;
    this.images = images;
  }

  /**
   * Reads the pagemap of a task and compares the vdso it had with the kernel's.
   *
   * @param shared the shared anonymous areas of the tree
   * @param images the image directory's descriptor in the restored tasks
   * @throws UnsupportedException if pages lie in parent images, or outside the task's mappings
   */
  public static PageImage read(
      ImageDirectory directory,
      int pid,
      mm_entry mm,
      SharedAreas shared,
      KernelAreas kernelAreas,
      ServiceFd images)
      throws IOException {
    String subject = "task " + pid;
    List<PageRange> ranges = new ArrayList<>();
    int pagesId = readPagemap(directory, ImageType.PAGEMAP, pid, subject, ranges);
    PageImage image = new PageImage(subject, pagesId, ranges, mm, shared, images);
    image.checkPages(directory, kernelAreas);
    return image;
  }

  /**
   * Reads one pagemap.
   *
   * @return the number of its pages-N.img
   */
  static int readPagemap(
      ImageDirectory directory, ImageType type, long id, String subject, List<PageRange> ranges)
      throws IOException {
    try (ImageReader reader = directory.read(type, id)) {
      pagemap_head head = reader.next(pagemap_head.parser());
      long end = 0;
      for (pagemap_entry entry : reader.rest(pagemap_entry.parser())) {
        PageRange range = range(entry, subject);
        if (Long.compareUnsigned(range.start(), end) < 0) {
          throw new ImageException(
              ImageException.Problem.CONTRADICTION,
              reader.name(),
              reader.position(),
              "pages behind 0x" + Long.toHexString(end),
              "pages at 0x" + Long.toHexString(range.start()),
              "restore from another copy");
        }
        end = range.start() + range.lengthBytes();
        ranges.add(range);
      }
      return head.getPagesId();
    }
  }

  private static PageRange range(pagemap_entry entry, String subject) {
    boolean inParent = entry.getInParent() || (entry.getFlags() & PageRange.PE_PARENT) != 0;
    if (inParent) {
      throw new UnsupportedException(
          subject, "its pages lie in parent images; incremental images are not carried yet");
    }
    long count = entry.hasNrPages() ? entry.getNrPages() : entry.getCompatNrPages();
    if (count <= 0 || entry.getVaddr() % PageRange.PAGE_BYTES != 0) {
      throw new UnsupportedException(
          subject,
          "its pagemap is damaged: "
              + count
              + " pages at 0x"
              + Long.toHexString(entry.getVaddr())
              + "; restore from another copy");
    }
    return new PageRange(entry.getVaddr(), count, entry.getFlags(), true);
  }

  /**
   * Opens pages that must be as many as their pagemap has; one of the two was cut or mixed up else.
   */
  static FileChannel checkLength(
      ImageDirectory directory, int pagesId, String subject, List<PageRange> ranges)
      throws IOException {
    long described = 0;
    for (PageRange range : ranges) {
      described += range.lengthBytes();
    }
    FileChannel pages = directory.readRaw(ImageType.PAGES, pagesId);
    long found = pages.size();
    if (found != described) {
      pages.close();
      throw new ImageException(
          ImageException.Problem.CONTRADICTION,
          ImageType.PAGES.fileName(pagesId),
          Math.min(found, described),
          described + " bytes, which the pagemap of " + subject + " has",
          found + " bytes",
          "restore from another copy");
    }
    return pages;
  }

  private void checkPages(ImageDirectory directory, KernelAreas kernelAreas) throws IOException {
    long offset = 0;
    try (FileChannel pages = checkLength(directory, pagesId, subject, ranges)) {
      for (PageRange range : ranges) {
        vma_entry vma = mapping(range);
        if ((vma.getStatus() & VmaStatus.VDSO) != 0) {
          kernelAreas.compare(content(pages, offset, range), subject);
        }
        offset += range.lengthBytes();
      }
    }
  }

  private static byte[] content(FileChannel pages, long offset, PageRange range)
      throws IOException {
    byte[] content = new byte[(int) range.lengthBytes()];
    ByteBuffer buffer = ByteBuffer.wrap(content);
    int got = 0;
    while (got >= 0 && buffer.hasRemaining()) {
      got = pages.read(buffer, offset + buffer.position());
    }
    return content;
  }

  /** The first mapping a range lies in; ranges may span adjacent mappings. */
  private vma_entry mapping(PageRange range) {
    long at = range.start();
    long end = range.start() + range.lengthBytes();
    vma_entry first = null;
    for (vma_entry vma : mm.getVmasList()) {
      if (Long.compareUnsigned(at, vma.getStart()) >= 0
          && Long.compareUnsigned(at, vma.getEnd()) < 0) {
        first = first == null ? vma : first;
        at = vma.getEnd();
        if (Long.compareUnsigned(end, at) <= 0) {
          return first;
        }
      }
    }
    throw new UnsupportedException(
        subject,
        "its pagemap has pages at 0x"
            + Long.toHexString(range.start())
            + ", where it has no mapping; the images do not belong together");
  }

  /** Pages that the image holds. */
  public long pageCount() {
    long sum = 0;
    for (PageRange range : ranges) {
      sum += range.pageCount();
    }
    return sum;
  }

  /** Whether the image has content for some page of a range. */
  boolean hasContent(long start, long end) {
    for (PageRange range : ranges) {
      if (Long.compareUnsigned(range.start(), end) < 0
          && Long.compareUnsigned(range.start() + range.lengthBytes(), start) > 0) {
        return true;
      }
    }
    return false;
  }

  /** Whether a mapping is of shared anonymous memory, which has its own pagemap. */
  boolean isShared(vma_entry vma) {
    return VmaStatus.isSharedAnonymous(vma);
  }

  void mapShared(vma_entry vma, String vmaSubject, Program program) {
    shared.map(vma, vmaSubject, program);
  }

  /** Reads all pages to their places, but those of the vdso, which are the kernel's. */
  void fill(Program program) {
    List<PageRange> batch = new ArrayList<>();
    long batchOffset = 0;
    long offset = 0;
    String name = pagesName(pagesId);
    Op file = open(program, images, name);
    for (PageRange range : ranges) {
      if ((mapping(range).getStatus() & VmaStatus.VDSO) != 0) {
        read(program, file, batch, batchOffset, name);
        offset += range.lengthBytes();
        batchOffset = offset;
      } else {
        batch.add(range);
        offset += range.lengthBytes();
      }
    }
    read(program, file, batch, batchOffset, name);
    program.call("closing " + name, Nr.SYS_close).arg(file);
  }

  private void read(
      Program program, Op file, List<PageRange> batch, long offsetBytes, String name) {
    readInto(
        program, "reading memory of " + subject + " from " + name, file, batch, offsetBytes, 0);
    batch.clear();
  }

  static String pagesName(int pagesId) {
    return ImageType.PAGES.fileName(Integer.toUnsignedLong(pagesId));
  }

  /** Opens an image from inside a task. */
  static Op open(Program program, ServiceFd images, String name) {
    Data path = program.string(name);
    return program
        .call("opening " + name, Nr.SYS_openat)
        .arg(images.number())
        .arg(path)
        .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
  }

  static void readInto(
      Program program,
      String purpose,
      Op file,
      List<PageRange> batch,
      long offsetBytes,
      long addressOffset) {
    if (batch.isEmpty()) {
      return;
    }
    Data iovecs = program.reserve(batch.size() * ProcessVm.Iovec.SIZEOF);
    long total = 0;
    for (int i = 0; i < batch.size(); i++) {
      PageRange range = batch.get(i);
      iovecs.putLong(i * ProcessVm.Iovec.SIZEOF, range.start() + addressOffset);
      iovecs.putLong(i * ProcessVm.Iovec.SIZEOF + Long.BYTES, range.lengthBytes());
      total += range.lengthBytes();
    }
    program.readFully(purpose, file, iovecs, batch.size(), offsetBytes, total);
  }
}
