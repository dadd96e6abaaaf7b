// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What lies in the directory of images already: a dump writes through nothing and waits for
 * nothing, an older checkpoint is whole until the new one is, and a restore reads nothing but
 * regular files.
 */
@Timeout(120)
class ImagesDirectoryIT {
  private static StatusFileSubject subject() {
    return StatusFileSubject.compiled("threads", "2");
  }

  private static void dump(Running running, String... options) {
    Engine.TORPOR.dump(running.keeper, running.root, running.images, options).assertSucceeded();
  }

  private static List<String> images(Running running) throws IOException {
    try (Stream<Path> files = Files.list(running.images)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void mkfifo(Path path) throws IOException {
    try {
      assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pages-1.img", "pstree.img", "inventory.img", "stats-dump"})
  void dumpReplacesWhatHasTheNameOfAnImage(String name) throws IOException {
    for (String kind : List.of("fifo", "symbolic", "hard")) {
      try (Running running = new Running(subject())) {
        Path other = Files.writeString(running.directory.resolve("other"), "not an image");
        Path place = running.images.resolve(name);
        switch (kind) {
          case "fifo" -> mkfifo(place);
          case "symbolic" -> Files.createSymbolicLink(place, other);
          default -> Files.createLink(place, other);
        }
        dump(running);
        running.awaitGone();
        assertThat(other).as(kind).hasContent("not an image");
        assertThat(Files.isSymbolicLink(place)).as(kind).isFalse();
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitProgress(running.progress(), 3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fifo", "symbolic", "directory"})
  void restoreReadsRegularFilesOnly(String kind) throws IOException {
    for (String name : List.of("pages-1.img", "pstree.img", "inventory.img")) {
      try (Running running = new Running(subject())) {
        dump(running);
        running.awaitGone();
        Path place = running.images.resolve(name);
        Path moved = Files.move(place, running.directory.resolve("moved"));
        switch (kind) {
          case "fifo" -> mkfifo(place);
          case "symbolic" -> Files.createSymbolicLink(place, moved);
          default -> Files.createDirectory(place);
        }
        Engine.Outcome outcome = Engine.TORPOR.restore(running.keeper, running.images);
        outcome.assertRefused(name, "regular file");
      }
    }
  }

  /** CRIU leaves empty images out: only a list tells one that was lost. */
  @Test
  void restoreMissesWhatWasThere() throws IOException {
    try (Running running = new Running(subject())) {
      dump(running);
      running.awaitGone();
      for (String name : images(running)) {
        Path place = running.images.resolve(name);
        if (name.endsWith(".img") && !name.equals("inventory.img")) {
          byte[] whole = Files.readAllBytes(place);
          Files.write(place, Arrays.copyOf(whole, whole.length + 4096));
          Engine.TORPOR.restore(running.keeper, running.images).assertRefused(name);
          Files.delete(place);
          Engine.TORPOR.restore(running.keeper, running.images).assertRefused(name);
          Files.write(place, whole);
        }
      }
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void secondDumpLeavesNothingOfTheFirst() throws IOException {
    try (Running running = new Running(subject())) {
      dump(running, "--leave-running");
      List<String> first = images(running);
      Files.writeString(running.images.resolve("pages-9.img"), "of an older checkpoint");
      Files.writeString(running.images.resolve("notes"), "not ours");
      dump(running);
      running.awaitGone();
      assertThat(images(running)).contains("notes").hasSize(first.size() + 1);
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** The limit stands for a disk that is full. */
  @Test
  void dumpThatFailsLeavesTheOlderCheckpoint() throws IOException {
    try (Running running = new Running(subject())) {
      dump(running, "--leave-running");
      List<String> first = images(running);
      byte[] inventory = Files.readAllBytes(running.images.resolve("inventory.img"));
      List<String> dump = List.of("dump", "-t", Long.toString(running.root), "-o", "dump.log");
      Engine.Outcome outcome =
          Engine.TORPOR.runAfter(
              List.of("ulimit -f 64", "cd " + running.images),
              running.keeper,
              running.images,
              "dump.log",
              dump);
      outcome.assertRefused("pages-", "too large");
      assertThat(Files.readAllBytes(running.images.resolve("inventory.img"))).isEqualTo(inventory);
      assertThat(images(running)).isEqualTo(first);
      running.awaitProgress(running.progress(), 3);
    }
  }

  private static Path script(Running running, String body, String name) throws IOException {
    Path script = Files.writeString(running.directory.resolve(name), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  /** Whoever cleans up there meanwhile: the tree must not be ended for images that are gone. */
  @Test
  void imagesRemovedMeanwhileAreNoticed() throws IOException {
    Subject isolated =
        new StatusFileSubject(
            "threads",
            Stream.concat(Stream.of("/usr/bin/unshare", "--net"), subject().program().stream())
                .toList(),
            true,
            true);
    try (Running running = new Running(isolated)) {
      Path script =
          script(
              running,
              "[ $CRTOOLS_SCRIPT_ACTION != network-lock ] || rm -rf " + running.images,
              "script");
      Engine.Outcome outcome =
          Engine.TORPOR.dump(
              running.keeper, running.root, running.images, "--action-script", script.toString());
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      running.awaitProgress(running.progress(), 3);
    }
  }
}
