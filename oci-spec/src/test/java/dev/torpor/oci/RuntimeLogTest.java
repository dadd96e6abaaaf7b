// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeLogTest {
  /** What runc 1.1.5 wrote for a checkpoint that failed. */
  private static final String RUNC =
      """
      {"level":"error","msg":"container still running","time":"2026-11-29T12:31:34Z"}
      {"level":"error","msg":"criu failed: type NOTIFY errno 0","time":"2026-11-29T12:31:34Z"}
      """;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("log.json");
  }

  @Test
  void theCauseJoinsTheLastError() throws IOException {
    Files.writeString(file, RUNC);
    new RuntimeLog(file, true).explain("fd 7 of task 42: \"x\" is gone");
    assertThat(Files.readString(file))
        .isEqualTo(RUNC.replace("errno 0", "errno 0: fd 7 of task 42: \\\"x\\\" is gone"));
  }

  @Test
  void withoutAnErrorTheCauseIsOne() throws IOException {
    Files.writeString(file, "{\"level\":\"debug\",\"msg\":\"m\",\"time\":\"t\"}\n");
    new RuntimeLog(file, true).explain("cause");
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(Files.readAllLines(file).get(1))
        .startsWith("{\"level\":\"error\",\"msg\":\"cause\"");
  }

  @Test
  void textIsOneLineToo() throws IOException {
    new RuntimeLog(file, false).error("two\nlines");
    assertThat(Files.readString(file))
        .matches("time=\"[0-9TZ:-]+\" level=error msg=\"two\\\\nlines\"\n");
  }
}
