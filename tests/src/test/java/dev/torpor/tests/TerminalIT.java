// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that a person started from a shell, on the terminal of that shell. */
class TerminalIT {
  @TempDir Path directory;

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  /**
   * Dumped with {@code --shell-job}, and restored from another shell on another terminal: there it
   * is in the foreground, reads, knows the window, and ends as the shell's own job.
   */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void jobMovesToAnotherTerminal(Engine dumper, Engine restorer) throws IOException {
    Path output = directory.resolve("output");
    Path images = Files.createDirectory(directory.resolve("images"));
    try (Keeper keeper = new Keeper()) {
      List<String> command =
          List.of(
              "/usr/bin/python3",
              Settings.source("scripts/shell-job.py").toString(),
              dumper.binary().toString(),
              restorer.binary().toString(),
              images.toString());
      int exitCode = keeper.run(directory, output, command);
      assertThat(exitCode).as("%s", Files.readString(output)).isZero();
    }
  }
}
