// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mappings are read past protobuf: what comes of it must be what protobuf reads. */
class MmImageTest {
  private static final int PID = 42;

  @TempDir Path directory;

  private static mm_entry.Builder mm() {
    return mm_entry
        .newBuilder()
        .setMmStartCode(1)
        .setMmEndCode(2)
        .setMmStartData(3)
        .setMmEndData(4)
        .setMmStartStack(5)
        .setMmStartBrk(6)
        .setMmBrk(7)
        .setMmArgStart(8)
        .setMmArgEnd(9)
        .setMmEnvStart(10)
        .setMmEnvEnd(11)
        .setExeFileId(12)
        .addMmSavedAuxv(33)
        .addMmSavedAuxv(-1L)
        .setDumpable(1)
        .setThpDisabled(true);
  }

  private static vma_entry.Builder vma(long start) {
    return vma_entry
        .newBuilder()
        .setStart(start)
        .setEnd(start + 0x1000)
        .setPgoff(0)
        .setShmid(0)
        .setProt(3)
        .setFlags(0x22)
        .setStatus(0x201)
        .setFd(-1);
  }

  private MmImage read(Message mm) throws IOException {
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter writer = images.write(ImageType.MM, PID)) {
      writer.write(mm);
    }
    return MmImage.read(DirectoryImages.of(images), PID);
  }

  @Test
  void asProtobufReadsThem() throws IOException {
    mm_entry mm =
        mm().addVmas(vma(0x1000))
            .addVmas(
                vma(0xffff_ffff_ff60_0000L)
                    .setPgoff(Long.MIN_VALUE)
                    .setShmid(0x1_0000_0001L)
                    .setProt(-1)
                    .setMadv(1L << 62)
                    .setFdflags(-2))
            .addVmas(vma(0x2000).setMadv(0).setFdflags(0x8000))
            .build();
    MmImage image = read(mm);
    assertThat(image.vmas()).isEqualTo(MmImage.of(mm).vmas()).hasSize(3);
    assertThat(image.mm()).isEqualTo(mm.toBuilder().clearVmas().build());
  }

  @Test
  void tensOfThousands() throws IOException {
    mm_entry.Builder mm = mm();
    for (int i = 0; i < 50_000; i++) {
      mm.addVmas(vma(0x10_0000L + i * 0x1000L).setProt(i % 8));
    }
    assertThat(read(mm.build()).vmas()).isEqualTo(MmImage.of(mm.build()).vmas());
  }

  @Test
  void onesThatAreNotOfPlainNumbersAreReadByProtobuf() throws IOException {
    // The same field twice: the last one counts.
    UnknownFieldSet again =
        UnknownFieldSet.newBuilder()
            .addField(
                vma_entry.PROT_FIELD_NUMBER,
                UnknownFieldSet.Field.newBuilder().addVarint(5).build())
            .build();
    mm_entry mm = mm().addVmas(vma(0x1000)).addVmas(vma(0x2000).setUnknownFields(again)).build();
    assertThat(read(mm).vmas()).extracting(Vma::prot).containsExactly(3, 5);
  }

  @Test
  void unknownFieldsOfOneAreRefused() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(14, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    mm_entry mm = mm().addVmas(vma(0x1000).setUnknownFields(newer)).build();
    assertThatThrownBy(() -> read(mm))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("vmas.field 14");
  }

  @Test
  void aMappingThatLacksSomethingIsRefused() {
    // A writer would refuse it as a mapping.
    UnknownFieldSet withoutFd =
        UnknownFieldSet.newBuilder()
            .addField(
                mm_entry.VMAS_FIELD_NUMBER,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(vma(0x1000).clearFd().buildPartial().toByteString())
                    .build())
            .build();
    mm_entry mm = mm().setUnknownFields(withoutFd).build();
    assertThatThrownBy(() -> read(mm))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("vmas[0].fd");
  }

  @Test
  void unknownFieldsBesideThemAreRefused() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    mm_entry mm = mm().addVmas(vma(0x1000)).setUnknownFields(newer).build();
    assertThatThrownBy(() -> read(mm))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("field 99");
  }
}
