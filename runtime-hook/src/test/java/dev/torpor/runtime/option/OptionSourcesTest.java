// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptionSourcesTest {
  @TempDir Path root;
  private final Map<String, String> environment = new HashMap<>();
  private final OptionsBuilder builder = new OptionsBuilder();

  @BeforeEach
  void files() throws IOException {
    write(
        "etc/criu/default.conf", "log-file global\nwork-dir /global\nroot /global\npidfile global");
    write("home/.criu/default.conf", "log-file user\nwork-dir /user\nroot /user");
    write("env.conf", "log-file env\nwork-dir /env");
    write("own.conf", "log-file own");
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private CriuOptions merge(OptionSources sources, String... words) {
    sources.commandLine(List.of(words), builder);
    return builder.build();
  }

  private OptionSources sources() {
    return new OptionSources(root.resolve("etc"), environment);
  }

  @Test
  void laterSourcesWin() {
    environment.put("HOME", root.resolve("home").toString());
    environment.put("CRIU_CONFIG_FILE", root.resolve("env.conf").toString());
    CriuOptions options = merge(sources(), "dump", "-o", "line");
    assertThat(options.text(Opt.LOG_FILE)).isEqualTo("line");
    assertThat(options.text(Opt.WORK_DIR)).isEqualTo("/env");
    assertThat(options.text(Opt.ROOT)).isEqualTo("/user");
    assertThat(options.text(Opt.PIDFILE)).isEqualTo("global");
  }

  @Test
  void anOwnFileSwitchesTheDefaultsOff() {
    environment.put("HOME", root.resolve("home").toString());
    CriuOptions options = merge(sources(), "--config", root.resolve("own.conf").toString());
    assertThat(options.text(Opt.LOG_FILE)).isEqualTo("own");
    assertThat(options.text(Opt.ROOT)).isNull();
  }

  @Test
  void defaultsCanBeForbidden() {
    CriuOptions options = merge(sources(), "--no-default-config");
    assertThat(options.text(Opt.LOG_FILE)).isNull();
  }

  @Test
  void withoutHomeTheLogSaysSo() {
    OptionSources sources = sources();
    merge(sources, "dump");
    assertThat(sources.notes())
        .containsExactly(
            "Parsing config file " + root.resolve("etc/criu/default.conf"),
            "Unable to get $HOME directory, local configuration file will not be used.");
  }

  @Test
  void aHomeThatCannotBeSearchedIsNoError() {
    environment.put("HOME", root.resolve("env.conf").toString());
    OptionSources sources = sources();
    merge(sources, "dump");
    assertThat(sources.notes())
        .contains(
            root.resolve("env.conf")
                + " cannot be searched, local configuration file will not be used.");
  }

  @Test
  void helpIsShownWhateverTheFilesHold() throws IOException {
    write("etc/criu/default.conf", "no such option");
    sources().commandLine(List.of("--help"), builder);
    assertThat(builder.on(Opt.HELP)).isTrue();
  }
}
