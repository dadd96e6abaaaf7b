// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What cannot work ends with CRIU's exit code and one line, on stderr and in the log, that names
 * the object; nothing is left behind and the target goes on as it was.
 */
class BadInputIT {
  private static final int HIGHEST_PID = 32_767;

  private static Machine before;

  @BeforeAll
  static void lookAtTheMachine() {
    before = Machine.now();
  }

  @AfterAll
  static void machineIsAsFound() {
    before.assertUnchanged();
  }

  @BeforeEach
  void torporRuns() {}

  /** Ways to damage an image. */
  enum Damage {
    TRUNCATED,
    WRONG_MAGIC,
    LENGTH_BEYOND_FILE,
    MISSING;

    void applyTo(Path image) throws IOException {
      if (this == MISSING) {
        Files.delete(image);
        return;
      }
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        switch (this) {
          case TRUNCATED -> file.setLength(file.length() - 3);
          case WRONG_MAGIC -> writeWord(file, 4, 0x01020304);
          case LENGTH_BEYOND_FILE -> writeWord(file, 8, 0x7fffffff);
          case MISSING -> throw new IllegalStateException();
        }
      }
    }

    private static void writeWord(RandomAccessFile file, long offset, int value)
        throws IOException {
      file.seek(offset);
      file.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }
  }

  static List<Arguments> damagedImages() {
    List<Arguments> cases = new ArrayList<>();
    for (String image : List.of("inventory", "pstree", "core-%d", "mm-%d", "files", "pagemap-%d")) {
      for (Damage damage : Damage.values()) {
        cases.add(Arguments.of(image + ".img", damage));
      }
    }
    return cases;
  }

  @Test
  void dumpWithoutPid() {
    try (Running running = new Running(subject())) {
      Engine.Outcome outcome =
          Engine.TORPOR.run(
              running.keeper, running.images, "dump.log", List.of("dump", "-D", dir(running)));
      outcome.assertRefused("--tree");
      assertUnharmed(running);
    }
  }

  @Test
  void dumpOfNoProcess() {
    long pid = HIGHEST_PID;
    while (ProcessTree.exists(pid)) {
      pid--;
    }
    try (Running running = new Running(subject())) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, pid, running.images);
      outcome.assertRefused(Long.toString(pid));
      outcome.assertLogged();
    }
  }

  @Test
  void dumpIntoNoDirectory() {
    try (Running running = new Running(subject())) {
      Path nowhere = running.directory.resolve("nowhere");
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, nowhere);
      outcome.assertRefused(nowhere.toString());
      assertUnharmed(running);
      assertThat(nowhere).doesNotExist();
    }
  }

  /** As root without capabilities: another user might not even get to where Torpor is built. */
  @Test
  void dumpWithoutPermission() throws IOException {
    try (Running running = new Running(subject())) {
      Path output = running.directory.resolve("refused");
      List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set", "-all"));
      command.addAll(List.of("--inh-caps", "-all", Engine.TORPOR.binary().toString(), "dump"));
      command.addAll(List.of("-t", Long.toString(running.root), "-D", dir(running)));
      int exitCode = running.keeper.run(running.directory, output, command);
      new Engine.Outcome(command, exitCode, Files.readString(output), "").assertRefused("permi");
      assertUnharmed(running);
    }
  }

  @Test
  void dumpWithUnknownOption() {
    try (Running running = new Running(subject())) {
      Engine.Outcome outcome =
          Engine.TORPOR.dump(running.keeper, running.root, running.images, "--no-such-option");
      outcome.assertRefused("--no-such-option");
      assertUnharmed(running);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "userfaultfd", "hugetlb"})
  void dumpOfUnsupportedObject(String object) {
    try (Running running = new Running(StatusFileSubject.compiled("unsupported", object))) {
      String maps = ProcessTree.mapsOf(running.root);
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused(object, "fd 9", Long.toString(running.root));
      outcome.assertLogged();
      assertThat(running.images.resolve("inventory.img")).doesNotExist();
      assertThat(ProcessTree.mapsOf(running.root)).isEqualTo(maps);
      assertUnharmed(running);
    }
  }

  /** Known when the tree stands; it goes on. */
  @Test
  void dumpOfBusyRing() {
    try (Running running = new Running(StatusFileSubject.object("busy_ring"))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused("operations are under way", Long.toString(running.root));
      assertUnharmed(running);
    }
  }

  /** Trees that no restore makes: better to hear of it before they are killed than afterwards. */
  @ParameterizedTest
  @CsvSource({
    "memory, it shares its memory with task",
    "thread, it lives in another net namespace than its task"
  })
  void dumpOfUnsupportedTree(String kind, String reason) {
    try (Running running = new Running(StatusFileSubject.compiled("unsupported", kind))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused(reason);
      outcome.assertLogged();
      assertThat(outcome.log()).doesNotContain("Freezing");
      assertUnharmed(running);
    }
  }

  @Test
  void restoreWithoutImages() {
    try (Running running = new Running(subject())) {
      Engine.Outcome outcome = Engine.TORPOR.restore(running.keeper, running.images);
      outcome.assertRefused("inventory.img");
      outcome.assertLogged();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("damagedImages")
  void restoreOfDamagedImage(String name, Damage damage) throws IOException {
    try (Running running = dumped()) {
      String file = name.replace("%d", Long.toString(running.root));
      damage.applyTo(running.images.resolve(file));
      assertRestoreRefused(running, file);
    }
  }

  @Test
  void restoreOfTruncatedPages() throws IOException {
    try (Running running = dumped()) {
      Path pages = running.images.resolve("pages-1.img");
      try (RandomAccessFile file = new RandomAccessFile(pages.toFile(), "rw")) {
        file.setLength(file.length() / 2);
      }
      assertRestoreRefused(running, "pages-1.img");
    }
  }

  @Test
  void restoreWithFileOfOtherMode() throws IOException {
    try (Running running = dumped()) {
      Path status = running.directory.resolve("status");
      assertThat(status.toFile().setReadable(false, true)).isTrue();
      assertRestoreRefused(running, status.toString(), "mode", "--skip-file-rwx-check");
      running.subject.forget(running.directory);
      Engine.Outcome outcome =
          Engine.TORPOR.restore(running.keeper, running.images, "--skip-file-rwx-check");
      assertThat(outcome.exitCode()).as("%s", outcome).isZero();
      running.awaitReport();
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void restoreWithOtherBuildOfTheProgram(Engine dumper, @TempDir Path directory)
      throws IOException {
    Path program = Files.copy(Settings.program("threads"), directory.resolve("program"));
    List<String> command = List.of(program.toString(), "DIR", "2");
    try (Running running = new Running(new StatusFileSubject("threads", command, true, true))) {
      Engine.Outcome dump = dumper.dump(running.keeper, running.root, running.images);
      assertThat(dump.exitCode()).as("%s", dump).isZero();
      running.awaitGone();
      changeBuildId(program);
      assertRestoreRefused(running, program.toString(), "build id", "--file-validation filesize");
      running.subject.forget(running.directory);
      Engine.Outcome outcome =
          Engine.TORPOR.restore(running.keeper, running.images, "--file-validation", "filesize");
      assertThat(outcome.exitCode()).as("%s", outcome).isZero();
      running.awaitReport();
    }
  }

  /** The id follows the head of its note: lengths of name and id, type, name. */
  private static void changeBuildId(Path program) throws IOException {
    byte[] content = Files.readAllBytes(program);
    byte[] head = {4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0};
    int at = 0;
    while (!Arrays.equals(content, at, at + head.length, head, 0, head.length)) {
      at++;
    }
    content[at + head.length] ^= 1;
    Files.write(program, content);
  }

  @Test
  void restoreOntoTakenPid() {
    try (Running running = new Running(subject())) {
      Engine.Outcome dump =
          Engine.TORPOR.dump(running.keeper, running.root, running.images, "--leave-running");
      assertThat(dump.exitCode()).as("%s", dump).isZero();
      Engine.Outcome outcome = Engine.TORPOR.restore(running.keeper, running.images);
      outcome.assertRefused(Long.toString(running.root), "pid");
      outcome.assertLogged();
      assertUnharmed(running);
    }
  }

  private static Subject subject() {
    return StatusFileSubject.compiled("threads", "2");
  }

  private static Running dumped() {
    Running running = new Running(subject());
    Engine.Outcome dump = Engine.CRIU.dump(running.keeper, running.root, running.images);
    assertThat(dump.exitCode()).as("%s", dump).isZero();
    running.awaitGone();
    return running;
  }

  private static void assertRestoreRefused(Running running, String... named) {
    Engine.Outcome outcome = Engine.TORPOR.restore(running.keeper, running.images);
    outcome.assertRefused(named);
    outcome.assertLogged();
    assertThat(running.keeper.children()).isEmpty();
    assertThat(ProcessTree.exists(running.root)).isFalse();
  }

  private static void assertUnharmed(Running running) {
    assertThat(ProcessTree.tracerOf(running.root)).isZero();
    running.awaitOnlyRoot();
    running.awaitProgress(running.progress(), 3);
  }

  private static String dir(Running running) {
    return running.images.toString();
  }
}
