// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What surrounds the caller changes nothing: variables that a JVM or a loader obeys, a working
 * directory that is gone, names in any bytes. What the JVM itself has to say reaches nobody.
 */
class SurroundingsIT {
  private static final String OBEYED =
      "export JAVA_TOOL_OPTIONS=-nonsense _JAVA_OPTIONS=-nonsense JDK_JAVA_OPTIONS=-nonsense"
          + " CLASSPATH=/nowhere LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=/nowhere";

  /** An é of Latin-1, which is no UTF-8, and one of UTF-8. */
  private static final String NAME = "$(printf '\\351\\303\\251')";

  private static Subject subject() {
    return StatusFileSubject.compiled("threads", "2");
  }

  /** Runs a shell script in which {@code torpor} is Torpor and {@code $DIR} the subject's. */
  private static Engine.Outcome run(Running running, String script) throws IOException {
    Path output = running.directory.resolve("output");
    String head =
        "DIR=" + running.directory + "; PID=" + running.root + "; torpor=" + Settings.torpor();
    List<String> command = List.of("/bin/sh", "-c", head + "; " + script);
    int exitCode = running.keeper.run(running.directory, output, command);
    return new Engine.Outcome(command, exitCode, Files.readString(output), "");
  }

  private static void assertSilent(Engine.Outcome outcome) {
    outcome.assertSucceeded();
    assertThat(outcome.output()).as("%s", outcome).isEmpty();
  }

  @Test
  void variablesAreNotObeyed() throws IOException {
    try (Running running = new Running(subject())) {
      assertSilent(
          run(running, OBEYED + "; exec $torpor dump -t $PID -D $DIR -o l --leave-running"));
    }
  }

  /** Byte for byte, in its own directory, as a child of the process that the caller knows. */
  @Test
  void scriptsHaveTheCallersEnvironment() throws IOException {
    try (Running running = new Running(subject())) {
      Path script = running.directory.resolve("script");
      Files.writeString(
          script,
          "#!/bin/sh\necho \"$CRTOOLS_SCRIPT_ACTION $GIVEN $JAVA_TOOL_OPTIONS $PPID\" >>seen\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
      assertSilent(
          run(
              running,
              "export JAVA_TOOL_OPTIONS=x GIVEN="
                  + NAME
                  + "; echo $$ >$DIR/pid"
                  + "; exec $torpor dump -t $PID -D $DIR -o l --leave-running --action-script"
                  + " $DIR/script"));
      String seen =
          Files.readString(running.directory.resolve("seen"), StandardCharsets.ISO_8859_1);
      String pid = Files.readString(running.directory.resolve("pid")).trim();
      assertThat(seen).startsWith("pre-dump \u00e9\u00c3\u00a9 x " + pid + "\n");
    }
  }

  @Test
  void workingDirectoryMayBeGone() throws IOException {
    try (Running running = new Running(subject())) {
      assertSilent(
          run(
              running,
              "mkdir $DIR/gone; cd $DIR/gone; rmdir $DIR/gone"
                  + "; exec $torpor dump -t $PID -D $DIR -o l --leave-running"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=C", "LC_ALL=en_US.ISO-8859-1", "LC_ALL= LANG="})
  void namesAreBytes(String locale) throws IOException {
    try (Running running = new Running(subject())) {
      assertSilent(
          run(
              running,
              String.join(
                  "; ",
                  "set -e",
                  "export " + locale,
                  "cd $DIR",
                  "d=" + NAME,
                  "mkdir $d",
                  "printf '#!/bin/sh\\necho ran >>by-script' >$d/script$d",
                  "chmod +x $d/script$d",
                  "echo 'verbosity=4' >$d/config",
                  "$torpor dump -t $PID -D $d -W $DIR/$d -o log$d --config $d/config"
                      + " --action-script $DIR/$d/script$d --leave-running",
                  "ls $d/log$d $d/inventory.img $d/by-script >/dev/null",
                  "grep -q '(0.*Running pre-dump' $d/log$d",
                  "kill -KILL $PID",
                  "while kill -0 $PID 2>/dev/null; do sleep 0.01; done",
                  "$torpor restore -d -D $d -o log$d --pidfile $d.pid",
                  "[ \"$(cat $d/$d.pid)\" = $PID ]")));
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** A thread dump tells of nothing that a user could act on. */
  @Test
  void quitSignalEndsItWithoutThreadDump() throws IOException {
    try (Running running = new Running(subject())) {
      Path script = running.directory.resolve("script");
      Files.writeString(script, "#!/bin/sh\nkill -QUIT $PPID\nsleep 0.2\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
      Engine.Outcome outcome =
          run(
              running,
              "exec $torpor dump -t $PID -D $DIR -o l --leave-running --action-script $DIR/script");
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(131);
      assertThat(outcome.output().lines()).as("%s", outcome).hasSize(1);
      assertThat(outcome.output()).as("%s", outcome).contains("signal 3");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** One line, whatever the JVM has to say about it; or it is enough. */
  @ParameterizedTest
  @ValueSource(strings = {"-n 16", "-n 24", "-d 65536", "-v 300000", "-v 1000000"})
  void tooLittleForJava(String limit) throws IOException {
    try (Running running = new Running(subject())) {
      Engine.Outcome outcome =
          run(
              running,
              "ulimit " + limit + "; exec $torpor dump -t $PID -D $DIR -o l --leave-running");
      if (outcome.exitCode() == 0) {
        assertSilent(outcome);
      } else {
        assertThat(outcome.output().lines()).as("%s", outcome).hasSize(1);
        assertThat(outcome.output())
            .as("%s", outcome)
            .containsAnyOf("ulimit", "Too many open files");
      }
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** Some of several scripts may have locked it before one refused. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void refusedNetworkLockIsTakenBack(Engine engine) throws IOException {
    List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--net"));
    command.addAll(StatusFileSubject.compiled("threads", "2").program());
    try (Running running = new Running(new StatusFileSubject("threads", command, true, true))) {
      Path script = running.directory.resolve("script");
      Files.writeString(
          script,
          "#!/bin/sh\necho $CRTOOLS_SCRIPT_ACTION >>seen\n[ $CRTOOLS_SCRIPT_ACTION !="
              + " network-lock ]\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
      Engine.Outcome outcome =
          engine.dump(
              running.keeper,
              running.root,
              running.images,
              "--network-lock",
              "skip",
              "--action-script",
              script.toString());
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(Files.readAllLines(running.images.resolve("seen")))
          .as("%s", outcome)
          .containsExactly("pre-dump", "network-lock", "network-unlock");
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void launcherAlone(@TempDir Path directory) throws IOException {
    try (Running running = new Running(subject())) {
      Path bin = Files.createDirectory(directory.resolve("bin"));
      Path alone = Files.copy(Settings.torpor().toRealPath(), bin.resolve("criu"));
      assertThat(alone.toFile().setExecutable(true)).isTrue();
      run(running, "exec " + alone + " check")
          .assertRefused("only a part of Torpor", "bin and lib");
    }
  }
}
