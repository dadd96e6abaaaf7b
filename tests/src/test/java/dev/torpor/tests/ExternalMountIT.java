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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A mount namespace into which a directory of the host is bound. */
class ExternalMountIT {
  @TempDir Path outside;

  /** What a dump and a restore are told, OTHER for another directory; and which one it then is. */
  private record Way(List<String> dump, List<String> restore, String bound) {
    @Override
    public String toString() {
      return String.join(" ", dump);
    }
  }

  /** What LXC 5.0.2 gives to every dump and restore, apart from places. */
  private static final String LXC =
      "--tcp-established --file-locks --link-remap --manage-cgroups=full --ext-mount-map auto"
          + " --enable-external-sharing --enable-external-masters --enable-fs hugetlbfs"
          + " --enable-fs tracefs";

  private static final List<Way> WAYS =
      List.of(
          new Way(
              List.of("--external", "mnt[/data]:cookie"),
              List.of("--external", "mnt[cookie]:OTHER"),
              "other"),
          new Way(
              List.of("--ext-mount-map", "/data:cookie"),
              List.of("--ext-mount-map", "cookie:OTHER"),
              "other"),
          new Way(
              List.of("--ext-mount-map", "auto"), List.of("--ext-mount-map", "auto"), "original"),
          new Way(List.of("--external", "mnt[]:m"), List.of("--external", "mnt[]:m"), "original"),
          new Way(
              words(LXC + " --skip-in-flight --force-irmap"),
              words(LXC + " --restore-sibling --ext-mount-map console: --external console:"),
              "original"));

  static Stream<Arguments> cells() {
    return WAYS.stream()
        .flatMap(
            way ->
                PodmanIT.enginePairs()
                    .map(pair -> Arguments.of(way, pair.get()[0], pair.get()[1])));
  }

  @ParameterizedTest(name = "{0}: {1} to {2}")
  @MethodSource("cells")
  void isBoundAgain(Way way, Engine dumper, Engine restorer) throws IOException {
    directoryOfTheHost("original");
    Path other = directoryOfTheHost("other");
    try (Running running = new Running(new Contained(outside.resolve("original")))) {
      assertThat(bound(running.root)).isEqualTo("original");
      assertThat(isRootShared(running.root)).isTrue();
      String state = running.state();
      long earlier = running.progress();
      succeed(
          dumper.dump(
              running.keeper, running.root, running.images, way.dump.toArray(String[]::new)));
      running.awaitGone();
      running.subject.forget(running.directory);

      String root = running.directory.resolve("root").toString();
      List<String> arguments =
          new ArrayList<>(List.of("restore", "-d", "-D", running.images.toString()));
      arguments.addAll(List.of("-v4", "-o", "restore.log", "--root", root));
      way.restore.forEach(word -> arguments.add(word.replace("OTHER", other.toString())));
      // As runc does: the new root must be a mount.
      succeed(
          restorer.runAfter(
              List.of("set -e", "mount --make-rprivate /", "mount --bind " + root + " " + root),
              List.of("/usr/bin/unshare", "--mount"),
              running.keeper,
              running.images,
              "restore.log",
              arguments));
      Wait.until("it reports again", () -> running.progress() >= earlier);
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
      assertThat(bound(running.root)).isEqualTo(way.bound);
      assertThat(isRootShared(running.root)).isTrue();
    }
  }

  @Test
  void isRefusedWithoutAWordAboutIt() throws IOException {
    directoryOfTheHost("original");
    try (Running running = new Running(new Contained(outside.resolve("original")))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      assertThat(outcome.exitCode()).isEqualTo(1);
      assertThat(outcome.log()).contains("mount /data", "--external mnt[/data]:KEY", "mnt[]");
      running.awaitProgress(running.progress(), 3);
    }
  }

  private static List<String> words(String text) {
    return List.of(text.split(" ", -1));
  }

  private Path directoryOfTheHost(String name) throws IOException {
    Path directory = Files.createDirectory(outside.resolve(name));
    Files.writeString(directory.resolve("name"), name);
    return directory;
  }

  /** Which directory is bound in the container of a process. */
  private static String bound(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/root/data/name"));
  }

  private static boolean isRootShared(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/mountinfo")).stream()
        .anyMatch(line -> line.contains(" / rw") && line.contains(" shared:"));
  }

  private static void succeed(Engine.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  /** A program of this module in a container; its files are below the root of that. */
  private record Contained(StatusFileSubject program, Path outside) implements Subject {
    Contained(Path outside) {
      this(StatusFileSubject.compiled("threads", "2"), outside);
    }

    @Override
    public String name() {
      return "contained";
    }

    @Override
    public List<String> command(Path directory) {
      Path root = directory.resolve("root");
      try {
        Files.createDirectories(root.resolve("state"));
        Files.copy(Settings.program("threads"), root.resolve("threads"));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--mount"));
      command.add(Settings.source("scripts/small-container.sh").toString());
      command.addAll(List.of(root.toString(), outside.toString(), "/threads", "/state", "2"));
      return command;
    }

    private static Path stateIn(Path directory) {
      return directory.resolve("root/state");
    }

    @Override
    public void prepare(Path directory) {
      program.prepare(stateIn(directory));
    }

    @Override
    public long progress(Path directory) {
      return program.progress(stateIn(directory));
    }

    @Override
    public void forget(Path directory) {
      program.forget(stateIn(directory));
    }

    @Override
    public String state(Path directory) {
      return program.state(stateIn(directory));
    }
  }
}
