// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints in a row under connections that never rest: a short {@code tests/load/run}, which
 * finds what is reset, lost, or left behind.
 */
class LoadIT {
  @ParameterizedTest
  @ValueSource(strings = {"loopback", "veth", "inside"})
  void clientsLoseNothing(String setting, @TempDir Path directory) throws IOException {
    Path output = directory.resolve("output");
    List<String> command =
        List.of(
            "env",
            "TORPOR_LOAD_TORPOR=" + Settings.torpor(),
            "unshare",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "python3",
            Settings.source("load/load.py").toString(),
            "--checkpoints=5",
            "--leave-running=3",
            "--settings=" + setting);
    try (Keeper keeper = new Keeper()) {
      assertThat(keeper.run(directory, output, command)).as(Files.readString(output)).isZero();
      assertThat(Files.readString(output)).contains("| " + setting + " | Torpor | 12 | 4 | 1 |");
    }
  }
}
