// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What watches files notices afterwards what happens to them, and nothing of the restore. */
class WatchesIT {
  /** IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO; IN_CREATE, IN_DELETE. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void watchesAreToldOfWhatHappens(Engine dumper) throws IOException {
    try (Running running = new Running(StatusFileSubject.object("watched"))) {
      moveTwice(running, dumper);
      assertThat(events(running))
          .containsExactly(
              "[(1, 2, 'file'), (7, 2, ''), (1, 2, 'file'), (7, 2, ''),"
                  + " (1, 64, 'file'), (1, 128, 'renamed')]",
              "[(1, 256, 'new'), (1, 512, 'new')]");
    }
  }

  @Test
  void flagsOfWatchesWork() throws IOException {
    try (Running running = new Running(StatusFileSubject.object("watch_flags"))) {
      moveTwice(running, Engine.TORPOR);
      assertThat(events(running))
          .containsExactly("[(2, 1073742080, 'first'), (2, 32768, ''), (4, 2, ''), (1, 4, '')]");
    }
  }

  /** IN_Q_OVERFLOW is of no watch. */
  @Test
  void aProgramIsToldThatEventsWereLost() throws IOException {
    try (Running running = new Running(StatusFileSubject.object("unread_events"))) {
      moveTwice(running, Engine.TORPOR);
      assertThat(events(running)).containsExactly("[(-1, 16384, '')]", "[(1, 1073742080, 'new')]");
    }
  }

  /** A shell's tail, and one that watches a directory as build tools do. */
  @ParameterizedTest
  @ValueSource(strings = {"tail", "node"})
  void realProgramsStillNotice(String name) {
    FollowerSubject follower = FollowerSubject.of(name);
    assumeTrue(Files.exists(Path.of(follower.program().get(0))), "no " + name + " here");
    try (Running running = new Running(follower)) {
      moveTwice(running, Engine.TORPOR);
    }
  }

  /** Which opens no file handles: a name is looked for that has the watched inode's. */
  @Test
  void watchesOnOverlayfs() throws IOException {
    try (Overlay overlay = new Overlay();
        Running running =
            new Running(overlay.with(StatusFileSubject.object("watched_in_layers")))) {
      moveTwice(running, Engine.TORPOR);
      assertThat(events(overlay.root))
          .containsExactly(
              "[(1, 2, 'file'), (2, 2, ''), (3, 2, ''), (4, 1073742080, 'new'),"
                  + " (1, 2, 'child'), (6, 2, '')]");
    }
  }

  /** CRIU goes by the path. */
  @Test
  void criuRestoresThemToo() throws IOException {
    try (Overlay overlay = new Overlay();
        Running running = new Running(overlay.with(StatusFileSubject.object("watched")))) {
      String state = running.state();
      move(running, Engine.TORPOR, Engine.CRIU);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  /** Its parent is watched by somebody who would be told of a look. */
  @Test
  void whatOnlyALoudLookWouldFindIsAskedFor() throws IOException {
    try (Overlay overlay = new Overlay();
        Running running = new Running(overlay.with(StatusFileSubject.object("watched_loudly")))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("watch 2 is on inode", "--irmap-scan-path");
      Path named = overlay.root.resolve("outer/inner");
      Engine.TORPOR
          .dump(
              running.keeper,
              running.root,
              running.images,
              "--leave-running",
              "--irmap-scan-path=" + named)
          .assertSucceeded();
      assertThat(events(overlay.root)).containsExactly("[]");
    }
  }

  private static void moveTwice(Running running, Engine dumper) {
    move(running, dumper);
    move(running, Engine.TORPOR);
  }

  private static void move(Running running, Engine dumper) {
    move(running, dumper, Engine.TORPOR);
  }

  private static void move(Running running, Engine dumper, Engine restorer) {
    dumper
        .dump(running.keeper, running.root, running.images, "--ghost-limit=16M")
        .assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images).assertSucceeded();
    Wait.until("it reports again", () -> running.progress() >= 0);
    running.awaitProgress(running.progress(), 3);
  }

  private static List<String> events(Running running) throws IOException {
    return events(running.directory);
  }

  private static List<String> events(Path directory) throws IOException {
    Files.createFile(directory.resolve("happen"));
    Path events = directory.resolve("events");
    Wait.until("it has read its events", () -> Files.exists(events));
    return Files.readAllLines(events);
  }
}
