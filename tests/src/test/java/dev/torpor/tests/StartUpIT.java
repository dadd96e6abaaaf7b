// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The class-data archive has what a dump and a restore load. Without it either takes twice as long,
 * and says nothing of it.
 */
class StartUpIT {
  private static final String JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        shift
        [ "$argument" = -Xlog:disable ] && argument=-Xlog:class+load:file=%s
        set -- "$@" "$argument"
      done
      exec %s "$@"
      """;

  @Test
  void classesAreArchived() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("threads", "2"))) {
      Path torpor = distribution(running.directory);
      String images = running.images.toString();
      assertThat(loaded(torpor, running, "dump", "-t", running.root + "", "-D", images)).isEmpty();
      running.awaitGone();
      running.subject.forget(running.directory);
      assertThat(loaded(torpor, running, "restore", "-d", "-D", images)).isEmpty();
      running.awaitReport();
    }
  }

  /**
   * The installed files, but for a JVM that notes what it loads: the archive takes links to jars.
   */
  private static Path distribution(Path directory) throws IOException {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path lib = Files.createDirectory(directory.resolve("lib"));
    Path real = Settings.torpor().toRealPath();
    Path realLib = real.getParent().resolveSibling("lib");
    try (Stream<Path> files = Files.list(realLib)) {
      for (Path file : files.filter(file -> !file.endsWith("jvm")).toList()) {
        Files.createSymbolicLink(lib.resolve(file.getFileName()), file);
      }
    }
    Path java = Files.createDirectories(lib.resolve("jvm/bin")).resolve("java");
    Files.writeString(java, JAVA.formatted(log(directory), realLib.resolve("jvm/bin/java")));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    return Files.copy(real, bin.resolve("torpor"));
  }

  private static Path log(Path directory) {
    return directory.resolve("loaded");
  }

  /** The classes of Torpor that come from elsewhere. */
  private static List<String> loaded(Path torpor, Running running, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(torpor.toString()));
    command.addAll(List.of(arguments));
    Path output = running.directory.resolve("printed");
    assertThat(running.keeper.run(running.directory, output, command))
        .as("%s", Files.readString(output))
        .isZero();
    List<String> all = Files.readAllLines(log(running.directory));
    assertThat(all).anyMatch(line -> line.contains("dev.torpor.core.RestorePlan"));
    return all.stream()
        .filter(line -> line.contains(" dev.torpor.") && !line.contains("shared objects file"))
        .toList();
  }
}
