// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.linux.Memfd;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.option.OptionException;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The runtime behind us.
 *
 * @param kind runc or crun
 * @param path its program
 * @param environment the caller's
 */
record Fronted(String kind, String path, Map<String, String> environment) {
  static final File NOTHING = new File("/dev/null");

  /** How a command ended and what it wrote. */
  record Outcome(int status, String output, String errors) {}

  /**
   * Runs a command of it. What it starts does not hold us up: it writes to a file.
   *
   * @throws OptionException if it cannot be started
   */
  Outcome run(List<String> words) {
    List<String> command = new ArrayList<>(List.of(path));
    command.addAll(words);
    int output = Memfd.memfdCreate("torpor-output", Memfd.MFD_CLOEXEC);
    int errors = Memfd.memfdCreate("torpor-errors", Memfd.MFD_CLOEXEC);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(NOTHING)
              .redirectOutput(Redirect.appendTo(file(output)))
              .redirectError(Redirect.appendTo(file(errors)));
      builder.environment().putAll(environment);
      int status = builder.start().waitFor();
      return new Outcome(status, text(output), text(errors));
    } catch (IOException e) {
      throw new OptionException(
          path + " cannot be run: " + e.getMessage() + ": install it, see runtime.conf");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      Unistd.close(output);
      Unistd.close(errors);
    }
  }

  /** The same for one that must not fail; what it wrote. */
  String require(List<String> words) {
    Outcome outcome = run(words);
    if (outcome.status != 0) {
      throw new OptionException(
          path
              + " failed: "
              + (outcome.errors.isEmpty() ? "status " + outcome.status : outcome.errors));
    }
    return outcome.output;
  }

  /**
   * What {@code --version} says behind a word at the start of a line.
   *
   * @param key such as {@code "spec: "}
   * @return null if there is no such line
   */
  String versionLine(String key) {
    for (String line : require(List.of("--version")).split("\n", -1)) {
      if (line.startsWith(key)) {
        return line.substring(key.length()).trim();
      }
    }
    return null;
  }

  private static String text(int fd) {
    return new String(Unistd.readAll(fd), StandardCharsets.UTF_8).trim();
  }

  private static File file(int fd) {
    return new File("/proc/self/fd/" + fd);
  }
}
