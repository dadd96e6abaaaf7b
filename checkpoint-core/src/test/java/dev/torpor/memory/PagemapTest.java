// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restore reads of a pagemap. */
class PagemapTest {
  @TempDir Path directory;

  private List<PageRange> read(long address, long pages) throws IOException {
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter pagemap = images.write(ImageType.PAGEMAP, 42)) {
      pagemap.write(pagemap_head.newBuilder().setPagesId(7).build());
      pagemap.write(
          pagemap_entry
              .newBuilder()
              .setVaddr(address)
              .setCompatNrPages(0)
              .setNrPages(pages)
              .setFlags(PageRange.PE_PRESENT)
              .build());
    }
    List<PageRange> ranges = new ArrayList<>();
    assertThat(PageImage.readPagemap(images, ImageType.PAGEMAP, 42, "task 42", ranges))
        .isEqualTo(7);
    return ranges;
  }

  @Test
  void rangesOfWholePages() throws IOException {
    assertThat(read(0x7fff_ffff_0000L, 3))
        .containsExactly(new PageRange(0x7fff_ffff_0000L, 3, PageRange.PE_PRESENT, true));
  }

  @Test
  void damagedRanges() {
    assertThatThrownBy(() -> read(0x7fff_ffff_0ff0L, 1))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContainingAll("task 42", "damaged", "0x7fffffff0ff0");
    assertThatThrownBy(() -> read(0x1000, 0)).hasMessageContaining("0 pages at 0x1000");
    assertThatThrownBy(() -> read(0x1000, -1)).hasMessageContaining("damaged");
  }
}
