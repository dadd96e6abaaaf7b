// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code torpor image} against {@code crit}, on every image of real dumps of either engine. */
class ImageToolIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Subject> subjects() {
    return Subjects.all().stream()
        .filter(subject -> List.of("python", "attributes", "redis").contains(subject.name()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("subjects")
  void readsAndWritesWhatCriuWrote(Subject subject) throws Exception {
    try (Running running = new Running(subject)) {
      for (Path image : dumpedImages(running, Engine.CRIU)) {
        Path json = running.directory.resolve("decoded.json");
        assertThat(tool(json, Settings.torpor(), "image", "decode", image.toString())).isZero();
        assertThat(JSON.readTree(json.toFile()))
            .as("%s", image.getFileName())
            .isEqualTo(JSON.readTree(crit(running, image).toFile()));
        Path encoded = running.directory.resolve("encoded.img");
        assertThat(tool(encoded, Settings.torpor(), "image", "encode", json.toString())).isZero();
        assertThat(encoded).as("%s", image.getFileName()).hasSameBinaryContentAs(image);
      }
    }
  }

  /** crit decodes each image of Torpor's, and encodes it to the same bytes. */
  @ParameterizedTest
  @EnumSource
  void critReadsAndWrites(Engine engine) throws Exception {
    try (Running running = new Running(subjects().get(0))) {
      for (Path image : dumpedImages(running, engine)) {
        Path json = crit(running, image);
        Path encoded = running.directory.resolve("encoded.img");
        String out = encoded.toString();
        int exitCode = tool(null, Settings.crit(), "encode", "-i", json.toString(), "-o", out);
        assertThat(exitCode).as("%s", image.getFileName()).isZero();
        assertThat(encoded).as("%s", image.getFileName()).hasSameBinaryContentAs(image);
      }
    }
  }

  /** What scripts parse: the same characters, from either engine's images. */
  @ParameterizedTest
  @EnumSource
  void listsAndShowsAsCritDoes(Engine engine) throws Exception {
    try (Running running = new Running(subjects().get(0))) {
      List<Path> images = dumpedImages(running, engine);
      for (String list : List.of("ps", "fds", "mems", "rss")) {
        sameAsCrit(running, "x", running.images.toString(), list);
      }
      for (Path image : images) {
        sameAsCrit(running, "show", image.toString());
        sameAsCrit(running, "show", "--nopl", image.toString());
        sameAsCrit(running, "info", image.toString());
        sameAsCrit(running, "decode", "--pretty", "-i", image.toString());
      }
    }
  }

  private static void sameAsCrit(Running running, String... arguments) throws Exception {
    Path expected = running.directory.resolve("expected");
    Path seen = running.directory.resolve("seen");
    assertThat(tool(expected, Settings.crit(), arguments)).isZero();
    Path ours = Settings.torpor().resolveSibling("crit");
    assertThat(tool(seen, ours, arguments)).as("%s", List.of(arguments)).isZero();
    assertThat(seen).as("%s", List.of(arguments)).hasSameTextualContentAs(expected);
  }

  private static List<Path> dumpedImages(Running running, Engine engine) throws IOException {
    Engine.Outcome dump = engine.dump(running.keeper, running.root, running.images);
    assertThat(dump.exitCode()).as("%s", dump).isZero();
    try (Stream<Path> files = Files.list(running.images)) {
      List<Path> images = files.filter(ImageToolIT::hasEntries).sorted().toList();
      assertThat(images).hasSizeGreaterThan(10);
      return images;
    }
  }

  /** Pages are raw bytes without a header. */
  private static boolean hasEntries(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(".img") && !name.startsWith("pages-");
  }

  private static Path crit(Running running, Path image) throws Exception {
    Path json = running.directory.resolve("crit.json");
    int exitCode = tool(json, Settings.crit(), "decode", "-i", image.toString());
    assertThat(exitCode).as("crit decode %s", image).isZero();
    return json;
  }

  private static int tool(Path output, Path program, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    if (output != null) {
      builder.redirectOutput(output.toFile());
    } else {
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    }
    return builder.start().waitFor();
  }
}
