// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.cgroup.ManageCgroupsMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The syntax that CRIU 4.2.1 accepts, seen by running it with {@code --config}. */
class ConfigFileTest {
  @TempDir Path directory;
  private final OptionsBuilder builder = new OptionsBuilder();

  private CriuOptions read(String text) throws IOException {
    Path file = directory.resolve("x.conf");
    Files.writeString(file, text);
    assertThat(ConfigFile.read(file.toString(), builder)).isTrue();
    return builder.build();
  }

  @Test
  void aFileAsPeopleWriteThem() throws IOException {
    CriuOptions options =
        read(
            """
            # runc.conf
            tcp-established
            \tlog-file   /tmp/x.log   # where
            manage-cgroups=ignore
            action-script "/opt/my \\"own\\" script"
            ghost-limit 10M

            verbosity=4
            external mnt[]:sm""");
    assertThat(options.on(Opt.TCP_ESTABLISHED)).isTrue();
    assertThat(options.text(Opt.LOG_FILE)).isEqualTo("/tmp/x.log");
    assertThat(options.manageCgroups()).isEqualTo(ManageCgroupsMode.IGNORE);
    assertThat(options.list(Opt.ACTION_SCRIPT)).containsExactly("/opt/my \"own\" script");
    assertThat(options.ghostLimitBytes()).isEqualTo(10 << 20);
    assertThat(options.logLevel()).isEqualTo(4);
    assertThat(options.list(Opt.EXTERNAL)).containsExactly("mnt[]:sm");
  }

  @Test
  void aMissingFileIsNoError() {
    assertThat(ConfigFile.read(directory.resolve("none").toString(), builder)).isFalse();
  }

  @Test
  void aDirectoryIsAnError() {
    assertThatThrownBy(() -> ConfigFile.read(directory.toString(), builder))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining(directory.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "--tcp-established | unrecognized option '----tcp-established'",
        "tcp-established foo | tcp-established takes no separate value",
        "manage-cgroups ignore | manage-cgroups takes no separate value",
        "tree = 5 | more than an option and its value",
        "tree 5 log-pid | more than an option and its value",
        "tree \"5 | a quote is not closed",
        "tree # 5 | requires an argument",
        "v4 | unrecognized option '--v4'",
        "nosuch | unrecognized option '--nosuch'",
      })
  void aBadLineIsNamed(String line, String message) {
    assertThatThrownBy(() -> read("tcp-established\n" + line + "\n"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("x.conf line 2: ")
        .hasMessageContaining(message);
  }

  @Test
  void aRefusedOptionNamesItsLine() {
    assertThatThrownBy(() -> read("lazy-pages\n"))
        .hasMessageContaining("x.conf line 1: option --lazy");
  }
}
