// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcException;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SmapsParserTest {
  @Test
  void linux618() throws Exception {
    List<Mapping> mappings = Maps.of(Maps.LINUX_6_18);
    assertThat(mappings)
        .extracting(Mapping::name)
        .containsExactly(
            "/usr/bin/sleep",
            "/usr/bin/sleep",
            "[heap]",
            "[vvar]",
            "[vvar_vclock]",
            "[vdso]",
            "[stack]",
            "[vsyscall]");
    assertThat(mappings.get(0))
        .isEqualTo(
            new Mapping(
                0x5561fa03e000L,
                0x5561fa043000L,
                "r-xp",
                0x2000,
                "fe:00",
                260875,
                "/usr/bin/sleep",
                " rd ex mr mw me "));
    assertThat(mappings.get(4).vmFlags()).isEqualTo(" rd mr pf io de dd ");
    assertThat(mappings.get(7).start()).isEqualTo(0xffffffffff600000L);
  }

  @Test
  void linux61() throws Exception {
    List<Mapping> mappings = Maps.of(Maps.LINUX_6_1);
    assertThat(mappings).hasSize(9);
    assertThat(mappings.get(0).name()).isEqualTo("/opt/a program/run me");
    assertThat(mappings.get(0).vmFlags()).isEqualTo(" rd ex mr mw me sd ");
    Mapping shared = mappings.get(3);
    assertThat(shared.isShared()).isTrue();
    assertThat(shared.hasFile()).isTrue();
    assertThat(shared.name()).isEqualTo("/dev/zero (deleted)");
    assertThat(shared.lengthBytes()).isEqualTo(1 << 20);
    assertThat(shared.hasFlag("sh")).isTrue();
    assertThat(shared.mapFilesName()).isEqualTo("7f1c60000000-7f1c60100000");
    Mapping anonymous = mappings.get(4);
    assertThat(anonymous.name()).isEmpty();
    assertThat(anonymous.hasFile()).isFalse();
    assertThat(anonymous.protection()).isEqualTo(3);
    assertThat(mappings.get(8).isReadable()).isFalse();
    assertThat(mappings.get(8).isExecutable()).isTrue();
  }

  /** Read by pieces, which end anywhere. */
  @Test
  void long618() throws Exception {
    List<Mapping> once = Maps.of(Maps.LINUX_6_18);
    byte[] text;
    try (InputStream in = Maps.class.getResourceAsStream(Maps.LINUX_6_18)) {
      text = in.readAllBytes();
    }
    int times = 200;
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    List<Mapping> expected = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      many.write(text);
      expected.addAll(once);
    }
    assertThat(Maps.parse(many.toByteArray())).isEqualTo(expected);
  }

  @Test
  void plainMaps() {
    String maps =
        """
        00400000-00401000 r-xp 00000000 fe:00 12                       /a
        7f0000000000-7f0000001000 ---p 00000000 00:00 0\040
        7f0000001000-7f0000002000 rw-s 00000000 00:01 1  /memfd: two  blanks (deleted)""";
    List<Mapping> mappings = parse(maps);
    assertThat(mappings)
        .extracting(Mapping::name)
        .containsExactly("/a", "", "/memfd: two  blanks (deleted)");
    assertThat(mappings.get(0).vmFlags()).isEqualTo(" ");
    assertThat(parse("")).isEmpty();
  }

  private static List<Mapping> parse(String text) {
    return Maps.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void malformed() {
    String good = "00400000-00401000 r-xp 00000000 fe:00 12 /a\n";
    for (String line :
        new String[] {
          "",
          "garbage",
          "00400000-00401000",
          "00400000 r-xp 00000000 fe:00 12 /a",
          "00400000-xyz r-xp 00000000 fe:00 12 /a",
          "00400000-00401000 r-xp offset fe:00 12 /a",
          "00400000-00401000 r-xp 00000000 fe:00 twelve /a",
          "00400000-00401000 r-xp 00000000"
        }) {
      assertThatThrownBy(() -> parse(good + line + "\n" + good))
          .isInstanceOf(ProcException.class)
          .hasMessageContaining("smaps")
          .hasMessageContaining("\"" + line + "\"");
    }
    assertThatThrownBy(() -> parse("VmFlags: rd wr\n" + good))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("rd wr");
  }
}
