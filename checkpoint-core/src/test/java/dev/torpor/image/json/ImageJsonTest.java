// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageException.Problem;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ipc_desc_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.utsns_entry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageJsonTest {
  private static final String FS =
      "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2}]}";

  @Test
  void membersMayComeInAnyOrder() throws IOException {
    String sorted = "{\"entries\": [{\"root_id\": 2, \"cwd_id\": \"0x1\"}], \"magic\": \"FS\"}";
    assertThat(Sample.image(sorted)).isEqualTo(Sample.image(FS));
    assertThat(Sample.json(Sample.image(sorted), false)).isEqualTo(FS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"magic\": \"FS\"}",
        "{\"entries\": []}",
        "{\"magic\": \"NOTHING\", \"entries\": []}",
        "{\"magic\": 5, \"entries\": []}",
        "{\"magic\": \"FS\", \"entries\": [], \"more\": 1}",
        "{\"magic\": \"FS\", \"entries\": [], \"magic\": \"MM\"}",
        "{\"magic\": \"FS\", \"entries\": []} {}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"other\": 3}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"extra\": \"\"}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1, \"root_id\": 2, \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": -1, \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 4294967296, \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": 1.5, \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": true, \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": \"one\", \"root_id\": 2}]}",
        "{\"magic\": \"FS\", \"entries\": [{\"cwd_id\": [1], \"root_id\": 2}]}",
        "{\"magic\": \"PSTREE\", \"entries\": [{\"threads\": 1}]}",
        "{\"magic\": \"FDINFO\", \"entries\": [{\"type\": \"NO_SUCH\"}]}",
        "{\"magic\": \"SECCOMP\", \"entries\": [{\"seccomp_filters\": [{\"filter\": \"*\"}]}]}",
        "{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2}]}",
        "{\"magic\": \"PIPES_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 2,"
            + " \"extra\": \"QUJD\"}]}",
        "{\"magic\": \"GHOST_FILE\", \"entries\": [{\"uid\": 1, \"gid\": 2, \"mode\": 3}]}",
      })
  void whatDescribesNoImageIsRefused(String json) {
    assertThatThrownBy(() -> Sample.image(json))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.problem()).isEqualTo(Problem.MALFORMED_JSON));
  }

  @Test
  void aRefusalSaysWhere() {
    assertThatThrownBy(() -> Sample.image(FS.replace("2", "\"two\"")))
        .hasMessageContaining("JSON at offset 53: expected a value of root_id, found two");
  }

  @Test
  void withoutPayloadOnlyItsSizeIsShown() throws IOException {
    byte[] image =
        Sample.image(
            "{\"magic\": \"FIFO_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 1536, \"extra\": \""
                + "A".repeat(2048)
                + "\"}]}");
    StringWriter out = new StringWriter();
    ImageJson.decode(
        "fifo-data.img",
        Channels.newChannel(new ByteArrayInputStream(image)),
        ImageReader.UNKNOWN_SIZE,
        out,
        false,
        false);
    assertThat(out.toString())
        .isEqualTo(
            "{\"magic\": \"FIFO_DATA\", \"entries\": [{\"pipe_id\": 1, \"bytes\": 1536,"
                + " \"extra\": \"... <1.5KB>\"}]}");
  }

  @Test
  void aSegmentInPagemapsHasNoPayload() throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    ipc_desc_entry.Builder description =
        ipc_desc_entry.newBuilder().setKey(1).setUid(0).setGid(0).setCuid(0).setCgid(0);
    try (ImageWriter writer = ImageWriter.of(Channels.newChannel(image), ImageType.IPCNS_SHM)) {
      for (int id = 0; id < 2; id++) {
        writer.write(
            ipc_shm_entry
                .newBuilder()
                .setDesc(description.setMode(0600).setId(id))
                .setSize(4096)
                .setInPagemaps(true)
                .build());
      }
    }
    String json = Sample.json(image.toByteArray(), false);
    assertThat(json.split("\"extra\": \"\"", -1)).hasSize(3);
    assertThat(Sample.image(json)).isEqualTo(image.toByteArray());
  }

  @Test
  void textThatIsNotUtf8IsRefusedInsteadOfReplaced() throws IOException {
    for (String name : List.of("\ufffd", "plain")) {
      assertThat(Sample.image(Sample.json(uts(ByteString.copyFromUtf8(name)), true)))
          .isEqualTo(uts(ByteString.copyFromUtf8(name)));
    }
    byte[] latin1 = uts(ByteString.copyFrom(new byte[] {'a', (byte) 0xe9}));
    assertThatThrownBy(() -> Sample.json(latin1, true))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("expected UTF-8 in utsns_entry.nodename");
  }

  private static byte[] uts(ByteString name) throws IOException {
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    try (ImageWriter writer = ImageWriter.of(Channels.newChannel(image), ImageType.UTSNS)) {
      writer.write(utsns_entry.newBuilder().setNodenameBytes(name).setDomainname("(none)").build());
    }
    return image.toByteArray();
  }

  @Test
  void quotedPrintableAlwaysComesBack() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] name = new byte[random.nextInt(12)];
      for (int at = 0; at < name.length; at++) {
        name[at] = (byte) "\0\r\n\t =.aA\u00ff4_".charAt(random.nextInt(12));
      }
      String encoded = QuotedPrintable.encode(name);
      assertThat(QuotedPrintable.decode(encoded)).as(encoded).isEqualTo(name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 0x100007f",
    "::, 0 0 0 0",
    "::1, 0 0 0 0x1000000",
    "::ffff:1.2.3.4, 0 0 0xffff0000 0x4030201",
    "fe80::1:0:0:1, 0x80fe 0 0x100 0x1000000",
    "1:2:3:4:5:6:7:8, 0x2000100 0x4000300 0x6000500 0x8000700",
  })
  void addressesAreThoseOfPython(String text, String words) {
    List<Integer> numbers =
        List.of(words.split(" ")).stream().map(word -> Numbers.parse(word).intValue()).toList();
    assertThat(Addresses.format(numbers)).isEqualTo(text);
    assertThat(Addresses.parse(text).stream().map(Number::intValue).toList()).isEqualTo(numbers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "1.2.3", "1.2.3.400", "::g", ""})
  void namesAreNoAddresses(String text) {
    assertThatThrownBy(() -> Addresses.parse(text)).isInstanceOf(NumberFormatException.class);
  }
}
