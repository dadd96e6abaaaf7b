// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.torpor.image.ImageException.Problem;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.utsns_entry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageReaderTest {
  private static final fs_entry FS =
      fs_entry.newBuilder().setCwdId(7).setRootId(8).setUmask(022).build();

  @TempDir Path temp;
  private ImageDirectory images;

  @BeforeEach
  void directory() {
    images = ImageDirectory.at(temp);
  }

  private static ByteBuffer bytes(String ascii) {
    return ByteString.copyFromUtf8(ascii).asReadOnlyByteBuffer();
  }

  private void writeFs() throws IOException {
    try (ImageWriter writer = images.write(ImageType.FS, 42)) {
      writer.write(FS);
    }
  }

  private Problem problemOf(ImageType type, Path file) {
    try (ImageReader reader = ImageReader.open(file, type)) {
      while (reader.hasNext()) {
        reader.next(fs_entry.parser());
      }
      return null;
    } catch (ImageException e) {
      return e.problem();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void readsWhatWasWritten() throws IOException {
    writeFs();
    try (ImageReader reader = images.read(ImageType.FS, 42)) {
      assertThat(reader.only(fs_entry.parser())).isEqualTo(FS);
    }
    byte[] file = Files.readAllBytes(temp.resolve("fs-42.img"));
    assertThat(Arrays.copyOf(file, 12))
        .containsExactly(0x19, 0x43, 0x56, 0x54, 0x12, 0x39, 0x40, 0x51, 6, 0, 0, 0);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(images.file(ImageType.FS, 42))))
        .isEqualTo("rw-------");
  }

  @Test
  void inventoryHasOneMagicWord() throws IOException {
    inventory_entry inventory = inventory_entry.newBuilder().setImgVersion(2).build();
    try (ImageWriter writer = images.write(ImageType.INVENTORY)) {
      writer.write(inventory);
    }
    assertThat(Files.readAllBytes(temp.resolve("inventory.img")))
        .containsExactly(0x16, 0x31, 0x31, 0x58, 2, 0, 0, 0, 8, 2);
    try (ImageReader reader = images.read(ImageType.INVENTORY)) {
      assertThat(reader.only(inventory_entry.parser())).isEqualTo(inventory);
    }
  }

  @Test
  void payloadsFollowTheirEntry() throws IOException {
    byte[] large = new byte[100_000];
    Arrays.fill(large, (byte) 5);
    try (ImageWriter writer = images.write(ImageType.PIPES_DATA)) {
      writer.write(pipe_data_entry.newBuilder().setPipeId(1).setBytes(3).build());
      writer.payload(bytes("abc"));
      writer.write(pipe_data_entry.newBuilder().setPipeId(2).setBytes(large.length).build());
      writer.payload(ByteBuffer.wrap(large));
      writer.write(pipe_data_entry.newBuilder().setPipeId(3).setBytes(1).build());
      writer.payload(bytes("z"));
    }
    try (ImageReader reader = images.read(ImageType.PIPES_DATA)) {
      assertThat(reader.next(pipe_data_entry.parser()).getPipeId()).isEqualTo(1);
      assertThat(reader.payload(3)).asString().isEqualTo("abc");
      assertThat(reader.next(pipe_data_entry.parser()).getPipeId()).isEqualTo(2);
      long start = reader.position();
      reader.skip(1);
      assertThat(reader.payload(large.length - 1)).containsOnly(5);
      assertThat(reader.position()).isEqualTo(start + large.length);
      assertThat(reader.next(pipe_data_entry.parser()).getPipeId()).isEqualTo(3);
      assertThat(reader.payload(1)).asString().isEqualTo("z");
      reader.requireEnd();
    }
  }

  @Test
  void anImageWithoutEntriesLeavesNoFile() throws IOException {
    writeFs();
    images.write(ImageType.FS, 42).close();
    assertThat(images.has(ImageType.FS, 42)).isFalse();
    assertThat(problemOf(ImageType.FS, images.file(ImageType.FS, 42))).isEqualTo(Problem.MISSING);
  }

  @Test
  void everyTruncationIsFound() throws IOException {
    writeFs();
    Path file = images.file(ImageType.FS, 42);
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(problemOf(ImageType.FS, file))
          .as("cut to %d", length)
          .isEqualTo(length == 8 ? null : Problem.TRUNCATED);
    }
  }

  @Test
  void wrongMagicNamesBothKinds() throws IOException {
    writeFs();
    assertThatThrownBy(() -> ImageReader.open(images.file(ImageType.FS, 42), ImageType.MM))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "fs-42.img at offset 4: expected 0x57492820 of an image of MM, found 0x51403912 of an"
                + " image of FS; copy the image again or make a new checkpoint");
  }

  @Test
  void aLengthIsComparedWithTheFileBeforeMemoryIsTaken() throws IOException {
    writeFs();
    Path file = images.file(ImageType.FS, 42);
    byte[] whole = Files.readAllBytes(file);
    whole[11] = 0x7f;
    Files.write(file, whole);
    assertThat(problemOf(ImageType.FS, file)).isEqualTo(Problem.TRUNCATED);
    whole[11] = (byte) 0x80;
    Files.write(file, whole);
    assertThat(problemOf(ImageType.FS, file)).isEqualTo(Problem.ENTRY_TOO_LONG);
  }

  @Test
  void aLengthInAPipeTakesNoMoreMemoryThanArrives() {
    byte[] image = {0x19, 0x43, 0x56, 0x54, 0x12, 0x39, 0x40, 0x51, 0, 0, 0, 0x7f, 1, 2, 3};
    assertThatThrownBy(
            () -> {
              try (ImageReader reader =
                  ImageReader.of(
                      "pipe",
                      Channels.newChannel(new ByteArrayInputStream(image)),
                      ImageReader.UNKNOWN_SIZE,
                      ImageType.FS)) {
                reader.next(fs_entry.parser());
              }
            })
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("2130706432 bytes of entry")
        .hasMessageContaining("after 3");
  }

  @Test
  void somethingAfterTheOnlyEntryIsRefused() throws IOException {
    try (ImageWriter writer = images.write(ImageType.FS, 42)) {
      writer.write(FS);
      writer.write(FS);
    }
    try (ImageReader reader = images.read(ImageType.FS, 42)) {
      assertThatThrownBy(() -> reader.only(fs_entry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("offset 18: expected the end of the image, found 10 bytes more");
    }
    try (ImageReader reader = images.read(ImageType.FS, 42)) {
      assertThat(reader.rest(fs_entry.parser())).isEqualTo(List.of(FS, FS));
      assertThatThrownBy(() -> reader.next(fs_entry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("expected an entry");
    }
  }

  @Test
  void anUnknownFieldIsRefused() throws IOException {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    try (ImageWriter writer = images.write(ImageType.FS, 42)) {
      writer.write(FS.toBuilder().setUnknownFields(newer).build());
    }
    try (ImageReader reader = images.read(ImageType.FS, 42)) {
      assertThatThrownBy(() -> reader.only(fs_entry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("found field 99 of fs_entry");
    }
  }

  @Test
  void numbersOfAnEntry() throws IOException {
    try (ImageWriter writer = images.write(ImageType.FS, 42)) {
      writer.write(FS.toBuilder().setUmask(-1).build());
    }
    long[] values = new long[4];
    try (ImageReader reader = images.read(ImageType.FS, 42)) {
      assertThat(reader.numbers(values, 1 << 1 | 1 << 3)).isEqualTo(0b1110);
      assertThat(values).containsExactly(0, 7, 8, 0xffff_ffffL);
      assertThat(reader.hasNext()).isFalse();
      assertThat(reader.numbers(values, 0)).isZero();
    }
  }

  /** Fields that nobody asked for, that are no numbers, twice, missing, or cut off. */
  @Test
  void whatIsNotOnlyNumbersIsLeftToMessages() throws IOException {
    byte[][] entries = {
      {8, 1, 32, 1}, {8, 1, 18, 1, 0}, {8, 1, 8, 2}, {16, 1}, {8, (byte) 0x80}, {8}, {}
    };
    for (byte[] entry : entries) {
      try (FileChannel file = images.writeRaw(ImageType.PAGES, 1)) {
        file.write(ByteBuffer.wrap(new byte[] {0x19, 0x43, 0x56, 0x54, 0x03, 0x32, 0x47, 0x54}));
        file.write(ByteBuffer.wrap(new byte[] {(byte) entry.length, 0, 0, 0}));
        file.write(ByteBuffer.wrap(entry));
      }
      try (ImageReader reader = ImageReader.open(temp.resolve("pages-1.img"), ImageType.UTSNS)) {
        assertThat(reader.numbers(new long[4], 1 << 1)).isZero();
        assertThat(reader.position()).isEqualTo(8);
      }
      Files.delete(temp.resolve("pages-1.img"));
    }
  }

  @Test
  void aMissingRequiredFieldIsRefused() throws IOException {
    assertThatThrownBy(
            () -> {
              try (ImageWriter writer = images.write(ImageType.FS, 42)) {
                writer.write(fs_entry.newBuilder().setCwdId(7).buildPartial());
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fs_entry lacks root_id");
    try (FileChannel file = images.writeRaw(ImageType.PAGES, 1)) {
      file.write(ByteBuffer.wrap(new byte[] {0x19, 0x43, 0x56, 0x54, 0x03, 0x32, 0x47, 0x54}));
      file.write(ByteBuffer.wrap(new byte[] {3, 0, 0, 0, 10, 1, 'n'}));
    }
    try (ImageReader reader = ImageReader.open(temp.resolve("pages-1.img"), ImageType.UTSNS)) {
      assertThatThrownBy(() -> reader.only(utsns_entry.parser()))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("none for domainname");
    }
  }

  @Test
  void bytesThatAreNoMessageAreRefused() throws IOException {
    writeFs();
    Path file = images.file(ImageType.FS, 42);
    byte[] whole = Files.readAllBytes(file);
    whole[12] = 0x0f;
    Files.write(file, whole);
    assertThat(problemOf(ImageType.FS, file)).isEqualTo(Problem.MALFORMED);
  }

  @Test
  void aDirectoryGivenByDescriptorAndItsParent() throws IOException {
    Path first = Files.createDirectory(temp.resolve("first"));
    Path second = Files.createDirectory(temp.resolve("second"));
    ImageDirectory later = ImageDirectory.at(second);
    assertThat(later.parent()).isNull();
    later.linkParent(Path.of("../first"));
    later.linkParent(Path.of("../elsewhere"));
    try (ImageWriter writer = ImageDirectory.at(first).write(ImageType.FS, 1)) {
      writer.write(FS);
    }
    try (ImageReader reader = later.parent().read(ImageType.FS, 1)) {
      assertThat(reader.only(fs_entry.parser())).isEqualTo(FS);
    }
    assertThat(later.parent().ids(ImageType.FS)).containsExactly(1L);
    assertThat(later.parent().ids(ImageType.MM)).isEmpty();
  }
}
