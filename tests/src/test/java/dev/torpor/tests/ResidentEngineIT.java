// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The engine that works for one launcher after the other: nobody but the clock notices it, and who
 * cannot be served just so is passed by. The other tests run with {@code TORPOR_ENGINE=off}, and
 * with {@code on} use it too.
 */
class ResidentEngineIT {
  private static final int OPERATIONS = 200;
  private static final int KILLS = 16;
  private static final long MOST_KIB = 100 << 10;

  private static final Pattern NUMBER = Pattern.compile(": \\d+");

  @Test
  void dumpsAndRestores() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "4"))) {
      long engine = Resident.pid();
      for (int i = 0; i < 3; i++) {
        long written = Resident.written(engine);
        dump(Resident.ON, running, "--leave-running").assertSucceeded();
        assertThat(Resident.written(engine)).isGreaterThan(written + (4 << 20));
        dump(Resident.ON, running).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        restore(Resident.ON, running).assertSucceeded();
        running.awaitOnlyRoot();
        running.awaitReport();
        running.awaitProgress(running.progress(), 3);
        PathUtils.cleanDirectory(running.images);
      }
      resident.awaitReady();
      assertThat(Resident.pid()).isEqualTo(engine);
    }
  }

  /** Every program of the four-way matrix, one after the other. */
  @Test
  void bringsBackWhatAJvmOfItsOwnDoes() throws IOException {
    try (Resident resident = Resident.start()) {
      long engine = Resident.pid();
      for (Subject subject : Subjects.all()) {
        long written = Resident.written(engine);
        bringsBack(subject);
        assertThat(Resident.pid()).as(subject.name()).isEqualTo(engine);
        assertThat(Resident.written(engine)).as(subject.name()).isGreaterThan(written);
      }
    }
  }

  private static void bringsBack(Subject subject) throws IOException {
    try (Running running = new Running(subject)) {
      List<Long> pids = running.lastingPids();
      String state = running.state();
      ProcessTree before = running.snapshot(pids);
      dump(Resident.ON, running, "--leave-running").assertSucceeded();
      PathUtils.cleanDirectory(running.images);
      running.assertUnchanged(before, running.snapshot(pids));
      dump(Resident.ON, running).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      restore(Resident.ON, running).assertSucceeded();
      running.awaitReport();
      running.awaitOnlyRoot();
      running.assertUnchanged(before, running.snapshot(pids));
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  /**
   * Nothing grows: neither what it has open, nor its threads, nor what it has in memory at rest.
   */
  @Test
  void staysAsItIs() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      long engine = Resident.pid();
      List<String> descriptors = Resident.descriptors(engine);
      int threads = ProcessTree.threadsOf(engine).size();
      for (int i = 0; i < OPERATIONS; i++) {
        dump(Resident.ON, running, "--leave-running").assertSucceeded();
        PathUtils.cleanDirectory(running.images);
      }
      resident.awaitReady();
      awaitLittle(engine);
      Wait.until(
          "it has closed the last connection",
          () -> Resident.descriptors(engine).equals(descriptors),
          () -> ": " + Resident.descriptors(engine));
      assertThat(ProcessTree.threadsOf(engine)).hasSizeLessThanOrEqualTo(threads);
    }
  }

  static Stream<Subject> large() {
    return Stream.of(
        new LargeSubject("descriptors", 10000),
        new LargeSubject("mappings", 50000),
        new LargeSubject("processes", 200));
  }

  /** What an operation takes is given back behind it, however large it was. */
  @ParameterizedTest
  @MethodSource("large")
  void hasLittleBehindMuch(Subject subject) throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(subject)) {
      long engine = Resident.pid();
      for (int i = 0; i < 2; i++) {
        dump(Resident.ON, running, "--leave-running").assertSucceeded();
        PathUtils.cleanDirectory(running.images);
        awaitLittle(engine);
      }
    }
  }

  private static void awaitLittle(long engine) {
    Wait.until(
        "it has given memory back",
        () -> !ProcessTree.lives(engine) || Resident.residentKib(engine) < MOST_KIB,
        () -> ": " + Resident.residentKib(engine) + " KiB");
    assertThat(Resident.pid()).isEqualTo(engine);
  }

  /** Directory, environment, descriptors, output and exit status are the caller's. */
  @Test
  void isNotToBeToldFromAJvmOfTheirOwn() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      String own = surroundings(Resident.OFF, running);
      assertThat(own).contains("script mine 0037 ").contains(running.images + " 8");
      long engine = Resident.pid();
      long written = Resident.written(engine);
      assertThat(surroundings(Resident.ON, running)).isEqualTo(own);
      assertThat(Resident.written(engine)).isGreaterThan(written);
    }
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of("no pid", List.of("dump", "-t", "0")),
        Arguments.of("no option", List.of("dump", "--no-such-option")),
        Arguments.of("no directory", List.of("dump", "-t", "1", "-D", "nowhere")),
        Arguments.of("no images", List.of("restore", "-D", "/tmp")));
  }

  /** It is the last that an engine does; but what it says is what a JVM of its own says. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void failsAsAJvmOfTheirOwn(String what, List<String> arguments) throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      long engine = Resident.pid();
      String[] words = arguments.toArray(String[]::new);
      Engine.Outcome served = run(Resident.ON, running, words);
      Engine.Outcome own = run(Resident.OFF, running, words);
      assertThat(served.output()).isEqualTo(own.output()).isNotEmpty();
      assertThat(served.exitCode()).isEqualTo(own.exitCode()).isNotZero();
      assertThat(ProcessTree.lives(engine)).isFalse();
    }
  }

  /** A dump into the current directory; what was printed, and what a script saw. */
  private static String surroundings(List<String> by, Running running) throws IOException {
    PathUtils.cleanDirectory(running.images);
    Path script = running.directory.resolve("script");
    Files.writeString(
        script,
        "#!/bin/sh\necho script $MINE $(umask) $(ulimit -S -n) $PWD $(ls /proc/$PPID/fd | grep 8)\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    List<String> before =
        List.of(
            "cd " + running.images,
            "exec 8</dev/null",
            "MINE=mine",
            "export MINE",
            "umask 037",
            "ulimit -S -n 500");
    List<String> arguments = new ArrayList<>(List.of("dump", "-t", "" + running.root, "-R"));
    arguments.addAll(List.of("-o", "here.log", "--display-stats", "--action-script", "../script"));
    Engine.Outcome outcome =
        Engine.TORPOR.runAfter(before, by, running.keeper, running.images, "here.log", arguments);
    outcome.assertSucceeded();
    String seen =
        String.join(
            "\n", outcome.log().lines().filter(line -> line.contains("script mine")).toList());
    return NUMBER.matcher(outcome.output()).replaceAll(": N") + seen;
  }

  static Stream<Arguments> passedBy() {
    return Stream.of(
        Arguments.of("another mount namespace", List.of("unshare", "--mount")),
        Arguments.of("another UTS namespace", List.of("unshare", "--uts")),
        Arguments.of("another IPC namespace", List.of("unshare", "--ipc")),
        Arguments.of("another network namespace", List.of("unshare", "--net")),
        Arguments.of("another cgroup namespace", List.of("unshare", "--cgroup")),
        Arguments.of("another time namespace", List.of("unshare", "--time")),
        Arguments.of("one for children", List.of("unshare", "--pid", "--fork", "--mount-proc")),
        Arguments.of(
            "fewer capabilities",
            List.of("capsh", "--drop=cap_sys_boot", "--shell=/usr/bin/env", "--")),
        Arguments.of("other limits", List.of("prlimit", "--fsize=1000000000")),
        Arguments.of("another priority", List.of("nice", "-n", "5")),
        Arguments.of("other processors", List.of("taskset", "1")));
  }

  /** They are answered as ever: this one with what the engine does not have to know. */
  @ParameterizedTest(name = "{0}")
  @MethodSource
  void passedBy(String who, List<String> by) throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      long engine = Resident.pid();
      long written = Resident.written(engine);
      Engine.Outcome passing = dump(join(by, Resident.ON), running, "--leave-running");
      assertThat(Resident.pid()).as("%s", passing).isEqualTo(engine);
      assertThat(Resident.written(engine)).as("%s", passing).isEqualTo(written);
      // Some cannot be served at all, which is then not for want of an engine.
      Engine.Outcome own = dump(join(by, Resident.OFF), running, "--leave-running");
      assertThat(passing.exitCode()).as("%s", passing).isEqualTo(own.exitCode());
    }
  }

  private static List<String> join(List<String> one, List<String> other) {
    List<String> all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  /** It answers nobody, and does not do later what somebody else has done meanwhile. */
  @Test
  void oneThatHangsIsPassedBy() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      long engine = Resident.pid();
      Resident.run(List.of("kill", "-STOP", Long.toString(engine)));
      // One thread takes the signal, and stops the others when it gets a processor.
      Wait.until(
          "all its threads have stopped",
          () -> ProcessTree.threadsOf(engine).stream().allMatch(ProcessTree::isStopped));
      long written = Resident.written(engine);
      try {
        dump(Resident.ON, running, "--leave-running").assertSucceeded();
        assertThat(Resident.written(engine)).isEqualTo(written);
      } finally {
        Resident.run(List.of("kill", "-CONT", Long.toString(engine)));
      }
      PathUtils.cleanDirectory(running.images);
      dump(Resident.ON, running, "--leave-running").assertSucceeded();
      assertThat(Resident.pid()).isEqualTo(engine);
      assertThat(Resident.written(engine)).isGreaterThan(written);
    }
  }

  @Test
  void thatOfAnotherInstallationIsNotFound() throws IOException {
    Path copy = Files.createTempDirectory("torpor-installation-");
    try (Resident resident = Resident.start()) {
      Path home = Settings.torpor().toRealPath().getParent().getParent();
      Files.createDirectory(copy.resolve("bin"));
      Files.copy(home.resolve("bin/torpor"), copy.resolve("bin/torpor"));
      copy.resolve("bin/torpor").toFile().setExecutable(true);
      Files.createSymbolicLink(copy.resolve("lib"), home.resolve("lib"));
      List<String> command = new ArrayList<>(Resident.ON);
      command.addAll(List.of(copy.resolve("bin/torpor").toString(), "engine", "status"));
      Set<String> before = Resident.files();
      assertThat(Resident.run(command)).contains("none is resident");
      assertThat(Resident.status()).contains(": ready");
      Set<String> others = Resident.files();
      others.removeAll(before);
      assertThat(others).as("its lock").hasSize(1);
      // The next engine, of whichever installation, removes what is nobody's.
      resident.close();
      resident.awaitReady();
      assertThat(Resident.files()).doesNotContainAnyElementsOf(others);
    } finally {
      PathUtils.deleteDirectory(copy);
    }
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        Arguments.of("engine = off\nidle = 7\n", "", "engine: off, leaves after 7 s"),
        Arguments.of("# engine = off\n\nengine=on\n", "", "engine: on, leaves after 60 s"),
        Arguments.of("engine = on\n", "off", "engine: off, leaves after 60 s"),
        Arguments.of("engine = off\n", "on", "engine: on, leaves after 60 s"),
        Arguments.of("engine = maybe\n", "", "/etc/torpor/engine.conf line 1: there are"),
        Arguments.of("engine = on\nidle = 0\n", "", "/etc/torpor/engine.conf line 2: there are"),
        Arguments.of("", "perhaps", "TORPOR_ENGINE=perhaps: there are on and off"));
  }

  /** In a mount namespace: others of this machine have their own. */
  @ParameterizedTest
  @MethodSource("settings")
  void areReadFromItsFile(String file, String variable, String said) throws IOException {
    String inside =
        "mount -t tmpfs engine /etc && mkdir /etc/torpor && printf %s \"$0\" > /etc/torpor/engine.conf;"
            + " if [ \"$1\" ]; then export TORPOR_ENGINE=\"$1\"; else unset TORPOR_ENGINE; fi;"
            + " \"$2\" engine status 2>&1 || :";
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "/bin/sh", "-c", inside));
    command.addAll(List.of(file, variable, Settings.torpor().toString()));
    assertThat(Resident.run(command)).contains(said);
  }

  /** It has nothing to do for the seconds that the file says. */
  @Test
  void leavesWithoutWork() throws IOException {
    Path directory = Path.of("/etc/torpor");
    Path file = directory.resolve("engine.conf");
    boolean isFirst = !Files.exists(directory);
    Files.createDirectories(directory);
    byte[] before = Files.exists(file) ? Files.readAllBytes(file) : null;
    Files.writeString(file, "engine = off\nidle = 1\n");
    try (Resident resident = Resident.start()) {
      long engine = Resident.pid();
      Set<String> found = Resident.files();
      Wait.until("it has left", () -> Resident.pid() == 0);
      assertThat(ProcessTree.lives(engine)).isFalse();
      found.removeAll(Resident.files());
      assertThat(found).as("its socket").hasSize(1);
    } finally {
      if (before == null) {
        Files.delete(file);
      } else {
        Files.write(file, before);
      }
      if (isFirst) {
        Files.delete(directory);
      }
    }
  }

  @Test
  void isRootsAlone() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      List<String> nobody = List.of("setpriv", "--reuid", "65534", "--clear-groups");
      List<String> command = new ArrayList<>(nobody);
      command.addAll(Resident.ON);
      long engine = Resident.pid();
      long written = Resident.written(engine);
      run(command, running, "engine", "status").assertRefused("only root");
      run(command, running, "engine", "stop").assertRefused("only root");
      dump(command, running);
      assertThat(Resident.pid()).isEqualTo(engine);
      assertThat(Resident.written(engine)).isEqualTo(written);
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(Path.of("/run/torpor/engine"))))
          .isEqualTo("rwx------");
    }
  }

  /** Two at a time: one of them has a JVM of its own. */
  @Test
  void worksForOneAtATime() throws IOException {
    try (Resident resident = Resident.start();
        Running one = new Running(StatusFileSubject.compiled("memory", "32"));
        Running other = new Running(StatusFileSubject.compiled("memory", "32"))) {
      for (int i = 0; i < 10; i++) {
        long first = startDump(one, "--leave-running");
        long second = startDump(other, "--leave-running");
        assertThat(one.keeper.awaitExit(first)).isZero();
        assertThat(other.keeper.awaitExit(second)).isZero();
        assertThat(one.images.resolve("inventory.img")).exists();
        assertThat(other.images.resolve("inventory.img")).exists();
        PathUtils.cleanDirectory(one.images);
        PathUtils.cleanDirectory(other.images);
      }
      resident.awaitReady();
    }
  }

  @Test
  void aTreeWithTheLauncherIsRefused() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "1"))) {
      for (List<String> by : List.of(Resident.ON, Resident.OFF)) {
        resident.awaitReady();
        String dump =
            String.join(" ", by) + " " + Settings.torpor() + " dump -t $$ -R -D " + running.images;
        Path output = running.directory.resolve("shell-output");
        Files.deleteIfExists(output);
        int exitCode =
            running.keeper.run(
                running.directory, output, List.of("/bin/sh", "-c", dump + "; exit $(($? + 1))"));
        assertThat(exitCode).isEqualTo(2);
        assertThat(output).content().contains("it is Torpor itself");
      }
    }
  }

  @Test
  void signalsComeToTheOperation() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "256"))) {
      long engine = Resident.pid();
      long dumper = startDump(running, "--leave-running");
      Wait.until(
          "it works", () -> ProcessTree.isTraced(running.root) || !ProcessTree.lives(dumper));
      Resident.run(List.of("/bin/sh", "-c", "kill -TERM " + dumper + " || :"));
      assertThat(running.keeper.awaitExit(dumper)).isEqualTo(128 + 15);
      assertThat(ProcessTree.lives(engine)).isFalse();
      assertThat(running.directory.resolve("dump-output")).content().contains("signal 15");
      assertUnharmed(running);
    }
  }

  /** At any moment: the target goes on, and who has called is told. */
  @Test
  void killedInADumpItLeavesTheTargetAsItWas() throws IOException {
    try (Resident resident = Resident.start();
        Running running = new Running(StatusFileSubject.compiled("memory", "64"))) {
      String maps = ProcessTree.mapsOf(running.root);
      long micros = micros(running);
      int hits = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        resident.awaitReady();
        long engine = Resident.pid();
        PathUtils.cleanDirectory(running.images);
        long dumper = startDump(running, "--leave-running");
        Wait.micros(micros * kill / KILLS);
        Resident.run(List.of("kill", "-KILL", Long.toString(engine)));
        int exitCode = running.keeper.awaitExit(dumper);
        Path output = running.directory.resolve("dump-output");
        if (exitCode != 0) {
          hits++;
          assertThat(exitCode).isEqualTo(1);
          assertThat(output).content().contains("torpor: the resident engine was killed");
        }
        assertUnharmed(running);
        assertThat(ProcessTree.mapsOf(running.root)).isEqualTo(maps);
      }
      assertThat(hits).as("kills that hit a dump").isGreaterThan(KILLS / 4);
    }
  }

  private static long micros(Running running) throws IOException {
    long start = System.nanoTime();
    assertThat(running.keeper.awaitExit(startDump(running, "--leave-running"))).isZero();
    return (System.nanoTime() - start) / 1000;
  }

  /** At any moment of a restore, the engine or its launcher: nothing is left, or all of it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void killedInARestoreItLeavesNothing(boolean launcher) throws IOException {
    try (Resident resident = Resident.start();
        Dumped dumped = new Dumped(Subjects.all().get(0))) {
      int hits = 0;
      long micros = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        resident.awaitReady();
        long engine = Resident.pid();
        String at = "kill " + kill;
        Path output = dumped.running.directory.resolve("killed");
        List<String> command =
            Resident.with(Resident.ON, dumped.arguments().toArray(String[]::new));
        long start = System.nanoTime();
        long restorer = dumped.running.keeper.start(dumped.running.directory, output, command);
        if (kill > 0) {
          Wait.micros(micros * kill / KILLS);
          long victim = launcher ? restorer : engine;
          Resident.run(List.of("/bin/sh", "-c", "kill -KILL " + victim + " 2>/dev/null || :"));
        }
        int exitCode = dumped.running.keeper.awaitExit(restorer);
        micros = kill == 0 ? (System.nanoTime() - start) / 1000 : micros;
        if (exitCode != 0) {
          hits++;
          assertThat(exitCode).as(at).isEqualTo(launcher ? 128 + 9 : 1);
          // The engine ends after its launcher, by the kernel.
          Wait.until(at, () -> dumped.pids.stream().noneMatch(ProcessTree::lives));
          dumped.assertNothingLeft(at);
        } else {
          dumped.assertWhole(at);
          dumped.end();
        }
      }
      assertThat(hits).as("kills that hit a restore").isGreaterThan(KILLS / 4);
      dumped.assertRestores();
    }
  }

  private static long startDump(Running running, String... options) throws IOException {
    Path output = Files.write(running.directory.resolve("dump-output"), new byte[0]);
    List<String> command =
        new ArrayList<>(
            Resident.with(
                Resident.ON,
                "dump",
                "-t",
                Long.toString(running.root),
                "-D",
                running.images.toString(),
                "-o",
                "dump.log"));
    command.addAll(List.of(options));
    return running.keeper.start(running.directory, output, command);
  }

  private static void assertUnharmed(Running running) {
    assertThat(ProcessTree.tracerOf(running.root)).isZero();
    running.awaitProgress(running.progress(), 3);
    running.awaitOnlyRoot();
  }

  private static Engine.Outcome dump(List<String> by, Running running, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("dump", "-t", Long.toString(running.root), "-v4", "-o", "dump.log"));
    arguments.addAll(List.of("-D", running.images.toString()));
    arguments.addAll(List.of(options));
    return run(by, running, arguments.toArray(String[]::new));
  }

  private static Engine.Outcome restore(List<String> by, Running running) {
    return run(by, running, "restore", "-d", "-D", running.images.toString(), "-o", "restore.log");
  }

  private static Engine.Outcome run(List<String> by, Running running, String... arguments) {
    return Engine.TORPOR.runAfter(
        List.of(), by, running.keeper, running.images, "dump.log", List.of(arguments));
  }
}
