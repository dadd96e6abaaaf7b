// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.IoReason;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Pages in the images of a dump: a pagemap for each owner, with a pages-N.img of its own. */
final class ImagePages implements PageSink {
  private static final int ENTRY_BYTES = 32;

  private final CapturedImages images;
  private final AtomicInteger lastPagesId = new AtomicInteger();

  ImagePages(CapturedImages images) {
    this.images = images;
  }

  @Override
  public int number() {
    return lastPagesId.incrementAndGet();
  }

  @Override
  public void announce(int pagesId, ImageType type, long id, List<PageRange> ranges)
      throws IOException {
    try (ImageWriter pagemap = images.stream(type, id)) {
      pagemap.write(pagemap_head.newBuilder().setPagesId(pagesId).build());
      for (PageRange range : ranges) {
        pagemap.write(
            new FieldWriter(ENTRY_BYTES)
                .number(pagemap_entry.VADDR_FIELD_NUMBER, range.start())
                .number(pagemap_entry.COMPAT_NR_PAGES_FIELD_NUMBER, 0)
                .number(pagemap_entry.FLAGS_FIELD_NUMBER, range.flags())
                .number(pagemap_entry.NR_PAGES_FIELD_NUMBER, range.pageCount()));
      }
    }
  }

  @Override
  public Target begin(int pagesId, ImageType type, long id, List<PageRange> ranges)
      throws IOException {
    announce(pagesId, type, id, ranges);
    try {
      return new File(images.streamRaw(ImageType.PAGES, pagesId), pagesId);
    } catch (IOException e) {
      throw named(pagesId, e);
    }
  }

  private static IOException named(int pagesId, IOException e) {
    return new IOException(ImageType.PAGES.fileName(pagesId) + ": " + IoReason.of(e), e);
  }

  private record File(FileChannel channel, int pagesId) implements Target {
    @Override
    public void write(ByteBuffer pages, long offsetBytes) throws IOException {
      long at = offsetBytes;
      try {
        while (pages.hasRemaining()) {
          at += channel.write(pages, at);
        }
      } catch (IOException e) {
        throw named(pagesId, e);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
