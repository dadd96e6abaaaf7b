// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A checkpointer under test, driven by CRIU's command line. */
enum Engine {
  CRIU,
  TORPOR;

  /** How a command ended, what it printed, and its log file ("" if it wrote none). */
  record Outcome(List<String> command, int exitCode, String output, String log) {
    void assertSucceeded() {
      assertThat(exitCode).as("%s", this).isZero();
    }

    /** It failed as CRIU does, and said so in one line that has these words. */
    void assertRefused(String... named) {
      assertThat(exitCode).as("%s", this).isEqualTo(1);
      assertThat(output.lines()).as("%s", this).hasSize(1);
      for (String name : named) {
        assertThat(output).as("%s", this).containsIgnoringCase(name);
      }
    }

    /** The log has the line that was printed, in the form that engines look for. */
    void assertLogged() {
      assertThat(log).as("%s", this).contains("Error (");
      String printed = output.trim();
      String text = printed.substring(printed.indexOf(": ") + 2);
      assertThat(log).as("%s", this).contains(text);
    }

    @Override
    public String toString() {
      return String.join(" ", command)
          + "\nexit code "
          + exitCode
          + "\n--- printed\n"
          + output
          + "\n--- log\n"
          + log;
    }
  }

  Path binary() {
    return this == CRIU ? Settings.criu() : Settings.torpor();
  }

  /** The same program under the name that container engines look for. */
  Path binaryNamedCriu() {
    return this == CRIU ? Settings.criu() : Settings.torpor().resolveSibling("criu");
  }

  Outcome dump(Keeper keeper, long pid, Path images, String... options) {
    List<String> arguments = new ArrayList<>(List.of("dump", "-t", Long.toString(pid)));
    arguments.addAll(List.of("-D", images.toString(), "-v4", "-o", "dump.log"));
    arguments.addAll(List.of(options));
    return run(keeper, images, "dump.log", arguments);
  }

  Outcome restore(Keeper keeper, Path images, String... options) {
    List<String> arguments = new ArrayList<>(List.of("restore", "-d", "-D", images.toString()));
    arguments.addAll(List.of("-v4", "-o", "restore.log"));
    arguments.addAll(List.of(options));
    return run(keeper, images, "restore.log", arguments);
  }

  /** Runs any command line; the log is looked for in the images directory. */
  Outcome run(Keeper keeper, Path images, String log, List<String> arguments) {
    return runAfter(List.of(), keeper, images, log, arguments);
  }

  /** The same below a shell that has run some commands, such as to open descriptors. */
  Outcome runAfter(
      List<String> before, Keeper keeper, Path images, String log, List<String> arguments) {
    return runAfter(before, List.of(), keeper, images, log, arguments);
  }

  /** The same, and the shell is started by {@code launcher}. */
  Outcome runAfter(
      List<String> before,
      List<String> launcher,
      Keeper keeper,
      Path images,
      String log,
      List<String> arguments) {
    List<String> command = new ArrayList<>(launcher);
    if (!before.isEmpty()) {
      String script = String.join("; ", before) + "; exec \"$@\"";
      command.addAll(List.of("/bin/sh", "-c", script, "sh"));
    }
    command.add(binary().toString());
    command.addAll(arguments);
    try {
      Path output = Files.createTempFile("torpor-output", ".txt");
      try {
        int exitCode = keeper.run(output.getParent(), output, command);
        Path logFile = images.resolve(log);
        String logged = Files.exists(logFile) ? Files.readString(logFile) : "";
        return new Outcome(command, exitCode, Files.readString(output), logged);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
