// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Groups of fanotify(7), in a file system where nobody else does anything. */
class FanotifyIT {
  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource({"TORPOR, TORPOR", "TORPOR, CRIU", "CRIU, TORPOR", "CRIU, CRIU"})
  void marksOnFilesAndMountsComeBackTwice(Engine dumper, Engine restorer) throws IOException {
    try (Overlay place = Overlay.plainTmpfs();
        Running running = new Running(place.with(StatusFileSubject.object("fanotify_marks")))) {
      comesBack(running, dumper, restorer);
      comesBack(running, dumper, restorer);
      assertThat(events(place.root))
          .containsExactly(
              "[('0x2a', 'file:8402')]",
              "[('0x20', 'events.new:8000'), ('0x20', 'file:8000'), ('0x20', 'ignored:8000')]");
    }
  }

  /** FAN_CREATE of a directory, FAN_ATTRIB of a deleted file; FAN_OPEN in the file system. */
  @Test
  void whatCriuLosesComesBackTwice() throws IOException {
    try (Overlay place = Overlay.plainTmpfs();
        Running running = new Running(place.with(StatusFileSubject.object("fanotify_more")))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      assertThat(events(place.root)).containsExactly("['0x40000100', '0x4']", "['0x20']");
    }
  }

  @Test
  void criuRefusesMarksOnFileSystems() throws IOException {
    try (Overlay place = Overlay.plainTmpfs();
        Running running = new Running(place.with(StatusFileSubject.object("fanotify_more")))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      assertThat(Engine.CRIU.restore(running.keeper, running.images).exitCode()).isNotZero();
      Wait.until("nothing is left", () -> running.keeper.children().isEmpty());
    }
  }

  @Test
  void whoAsksForPermissionIsRefused() {
    try (Running running = new Running(StatusFileSubject.object("fanotify_permission"))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused(
          "task " + running.root, "asks for permission", "let the program remove");
      assertThat(outcome.log()).doesNotContain("Freezing");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** A group that root makes is told of more. */
  @Test
  void groupOfNobodySpecialIsRefused() {
    Subject subject =
        StatusFileSubject.object(
            "fanotify_unprivileged", "/usr/bin/setpriv", "--bounding-set=-sys_admin");
    try (Running running = new Running(subject)) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("task " + running.root, "without CAP_SYS_ADMIN", "let the program close");
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void eventsThatWaitAreLostNotWithoutAWord() {
    try (Running running = new Running(StatusFileSubject.object("fanotify_unread"))) {
      assertThat(running.state()).endsWith("24)");
      Engine.Outcome dumped = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      dumped.assertSucceeded();
      assertThat(dumped.log().lines().filter(line -> line.contains("events wait in it")))
          .singleElement()
          .asString()
          .contains("Warn", "of task " + running.root + " (anon_inode:[fanotify])");
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
      assertThat(running.state()).endsWith(" 0)");
    }
  }

  private static void comesBack(Running running, Engine dumper, Engine restorer) {
    String state = running.state();
    dumper.dump(running.keeper, running.root, running.images).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
  }

  private static List<String> events(Path directory) throws IOException {
    Files.createFile(directory.resolve("happen"));
    Path events = directory.resolve("events");
    Wait.until("it has read its events", () -> Files.exists(events));
    return Files.readAllLines(events);
  }
}
