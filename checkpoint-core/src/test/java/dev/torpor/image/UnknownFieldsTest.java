// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnknownFieldsTest {
  private static final int MAX_DEPTH = 5;
  private static final int NO_SUCH_VALUE = 4242;

  /** Puts something unknown into one message of an entry, and expects the entry to be refused. */
  private interface Poison {
    void into(Message.Builder message);
  }

  private int poisoned;

  @ParameterizedTest
  @EnumSource(ImageType.class)
  void unknownEnumValuesAreRefusedWhereverTheyAre(ImageType type) throws IOException {
    if (!type.isRaw()) {
      everyPlace(type, ImageMessages.of(type).newBuilderForType(), 0, this::poisonOptionalEnum);
      boolean hasEnums =
          switch (type) {
            case CORE, FILES, INVENTORY, REMAP_FPATH, INETSK, UNIXSK -> true;
            default -> false;
          };
      assertThat(poisoned > 0).isEqualTo(hasEnums);
    }
  }

  @ParameterizedTest
  @EnumSource(ImageType.class)
  void unknownFieldsAreRefusedWhereverTheyAre(ImageType type) throws IOException {
    if (!type.isRaw()) {
      everyPlace(type, ImageMessages.of(type).newBuilderForType(), 0, m -> addVarint(m, 4000));
      assertThat(poisoned).isPositive();
    }
  }

  private interface Place {
    Message.Builder root();
  }

  private void everyPlace(ImageType type, Message.Builder root, int depth, Poison poison)
      throws IOException {
    visit(type, () -> root, root, depth, poison);
  }

  /** Poisons this message, tries to read the entry, restores it and goes on to the ones inside. */
  private void visit(ImageType type, Place place, Message.Builder message, int depth, Poison poison)
      throws IOException {
    UnknownFieldSet before = message.getUnknownFields();
    poison.into(message);
    if (!message.getUnknownFields().equals(before)) {
      poisoned++;
      requireRefused(type, place.root().buildPartial());
      message.setUnknownFields(before);
    }
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || depth >= MAX_DEPTH) {
        continue;
      }
      if (field.isRepeated()) {
        message.addRepeatedField(field, message.newBuilderForField(field).buildPartial());
        visit(type, place, message.getRepeatedFieldBuilder(field, 0), depth + 1, poison);
      } else {
        visit(type, place, message.getFieldBuilder(field), depth + 1, poison);
      }
      message.clearField(field);
    }
  }

  private void poisonOptionalEnum(Message.Builder message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.ENUM && !field.isRequired()) {
        addVarint(message, field.getNumber());
      }
    }
  }

  private static void addVarint(Message.Builder message, int number) {
    UnknownFieldSet.Field value =
        UnknownFieldSet.Field.newBuilder().addVarint(NO_SUCH_VALUE).build();
    message.setUnknownFields(UnknownFieldSet.newBuilder().addField(number, value).build());
  }

  private static void requireRefused(ImageType type, Message entry) throws IOException {
    byte[] bytes = entry.toByteArray();
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    ImageWriter.of(Channels.newChannel(image), type).close();
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      image.write(bytes.length >> shift);
    }
    image.write(bytes);
    try (ImageReader reader =
        ImageReader.of(
            "test.img",
            Channels.newChannel(new ByteArrayInputStream(image.toByteArray())),
            image.size(),
            type)) {
      assertThatThrownBy(() -> reader.next(ImageMessages.of(type).getParserForType()))
          .as("%s", entry)
          .isInstanceOfSatisfying(
              ImageException.class,
              e -> assertThat(e.problem()).isEqualTo(ImageException.Problem.UNKNOWN_FIELD));
    }
  }

  /** Descriptors take tens of milliseconds to build, so a dump or restore must not need them. */
  @Test
  void readingAndWritingLoadsNoDescriptors() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Xlog:class+load:stdout",
                "-cp",
                System.getProperty("java.class.path"),
                WriteAndRead.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output)
        .contains("dev.torpor.image.proto.core_entry ")
        .doesNotContain("dev.torpor.image.proto.CoreProto ")
        .doesNotContain("com.google.protobuf.Descriptors$FileDescriptor ")
        .doesNotContain("com.fasterxml.jackson");
  }
}
