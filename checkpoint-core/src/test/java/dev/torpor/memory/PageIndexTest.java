// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
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
class PageIndexTest {
  @TempDir Path directory;

  /** Of pairs of address and count. */
  private PageIndex read(long... ranges) throws IOException {
    return write(directory, ranges);
  }

  static PageIndex write(Path directory, long... ranges) throws IOException {
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter pagemap = images.write(ImageType.PAGEMAP, 42)) {
      pagemap.write(pagemap_head.newBuilder().setPagesId(7).build());
      for (int i = 0; i < ranges.length; i += 2) {
        pagemap.write(
            pagemap_entry
                .newBuilder()
                .setVaddr(ranges[i])
                .setCompatNrPages(0)
                .setNrPages(ranges[i + 1])
                .setFlags(PageRange.PE_PRESENT)
                .build());
      }
    }
    return PageIndex.read(DirectoryImages.of(images), ImageType.PAGEMAP, 42, "task 42");
  }

  private static String cut(PageIndex index, long start, long end) {
    List<String> parts = new ArrayList<>();
    index.cut(
        start,
        end,
        (from, to, range) ->
            parts.add(Long.toHexString(from) + "-" + Long.toHexString(to) + ":" + range));
    return String.join(" ", parts);
  }

  @Test
  void rangesOfWholePages() throws IOException {
    PageIndex index = read(0x1000, 1, 0x7fff_ffff_0000L, 3);
    assertThat(index.pagesId()).isEqualTo(7);
    assertThat(index.size()).isEqualTo(2);
    assertThat(index.lengthBytes()).isEqualTo(0x4000);
    assertThat(index.offsetBytes(1, 0x7fff_ffff_1000L)).isEqualTo(0x2000);
  }

  @Test
  void manyRanges() throws IOException {
    long[] ranges = new long[2 * 1000];
    for (int i = 0; i < 1000; i++) {
      ranges[2 * i] = 0x10000L + 0x2000L * i;
      ranges[2 * i + 1] = 1;
    }
    PageIndex index = read(ranges);
    for (int i = 0; i < 1000; i++) {
      assertThat(index.firstEndingBehind(ranges[2 * i])).isEqualTo(i);
      assertThat(index.firstEndingBehind(ranges[2 * i] + 0x1000)).isEqualTo(i + 1);
      assertThat(index.offsetBytes(i, ranges[2 * i])).isEqualTo(0x1000L * i);
    }
  }

  @Test
  void cutWhereRangesBeginAndEnd() throws IOException {
    PageIndex index = read(0x2000, 2, 0x4000, 1, 0x8000, 1);
    assertThat(cut(index, 0x1000, 0xa000))
        .isEqualTo("1000-2000:-1 2000-4000:0 4000-5000:1 5000-8000:-1 8000-9000:2 9000-a000:-1");
    assertThat(cut(index, 0x3000, 0x4000)).isEqualTo("3000-4000:0");
    assertThat(cut(index, 0x5000, 0x6000)).isEqualTo("5000-6000:-1");
    assertThat(cut(index, 0x5000, 0x5000)).isEmpty();
  }

  @Test
  void touchedAndCovered() throws IOException {
    PageIndex index = read(0x2000, 2, 0x4000, 1, 0x8000, 1);
    assertThat(index.touches(0x1000, 0x2000)).isFalse();
    assertThat(index.touches(0x1000, 0x2001)).isTrue();
    assertThat(index.touches(0x5000, 0x8000)).isFalse();
    assertThat(index.coversAll(0x2000, 0x5000)).isTrue();
    assertThat(index.coversAll(0x2000, 0x6000)).isFalse();
    assertThat(index.coversAll(0x1000, 0x3000)).isFalse();
    assertThat(index.coversAll(0x9000, 0xa000)).isFalse();
  }

  private PageIndex readOne(pagemap_entry entry) throws IOException {
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter pagemap = images.write(ImageType.PAGEMAP, 42)) {
      pagemap.write(pagemap_head.newBuilder().setPagesId(7).build());
      pagemap.write(entry);
    }
    return PageIndex.read(DirectoryImages.of(images), ImageType.PAGEMAP, 42, "task 42");
  }

  /** Those of CRIU before 4.0. */
  @Test
  void countsOf32Bits() throws IOException {
    pagemap_entry.Builder entry = pagemap_entry.newBuilder().setVaddr(0x1000).setCompatNrPages(3);
    assertThat(readOne(entry.build()).lengthBytes()).isEqualTo(3 * 4096);
    entry.setInParent(false);
    assertThat(readOne(entry.build()).lengthBytes()).isEqualTo(3 * 4096);
  }

  @Test
  void pagesOfParentImagesAreRefused() {
    pagemap_entry.Builder entry = pagemap_entry.newBuilder().setVaddr(0x1000).setCompatNrPages(3);
    for (pagemap_entry.Builder refused :
        List.of(entry.clone().setInParent(true), entry.clone().setFlags(PageRange.PE_PARENT))) {
      assertThatThrownBy(() -> readOne(refused.build()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContainingAll("task 42", "parent images");
    }
  }

  @Test
  void unknownFieldsAreRefused() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(6, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    pagemap_entry entry =
        pagemap_entry
            .newBuilder()
            .setVaddr(0x1000)
            .setCompatNrPages(3)
            .setUnknownFields(newer)
            .build();
    assertThatThrownBy(() -> readOne(entry))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("field 6 of pagemap_entry");
  }

  @Test
  void damagedRanges() {
    damaged("0x7fffffff0ff0", 0x7fff_ffff_0ff0L, 1);
    damaged("0 pages at 0x1000", 0x1000, 0);
    damaged("-1 pages", 0x1000, -1);
    damaged("pages at 0x1000", 0x1000, Long.MAX_VALUE / 4096 + 1);
    damaged("pages at 0xfffffffffffff000", 0xffff_ffff_ffff_f000L, 2);
  }

  @Test
  void rangesOutOfOrder() {
    for (long[] ranges : new long[][] {{0x3000, 1, 0x1000, 1}, {0x3000, 2, 0x4000, 1}}) {
      assertThatThrownBy(() -> read(ranges))
          .isInstanceOf(ImageException.class)
          .hasMessageContainingAll("pagemap-42.img", "restore from another copy");
    }
  }

  private void damaged(String fact, long... ranges) {
    assertThatThrownBy(() -> read(ranges))
        .isInstanceOf(ImageException.class)
        .hasMessageContainingAll("task 42", "damaged", fact, "restore from another copy");
  }
}
