// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The resident engine of the Torpor under test, as {@code torpor engine} tells of it. */
final class Resident implements AutoCloseable {
  /** What a command is started by that may use it. */
  static final List<String> ON = List.of("env", "TORPOR_ENGINE=on");

  /** One of these has a JVM of its own. */
  static final List<String> OFF = List.of("env", "TORPOR_ENGINE=off");

  private Resident() {}

  /** Has one started, by the question that container engines ask first, and waits for it. */
  static Resident start() {
    Resident resident = new Resident();
    resident.awaitReady();
    return resident;
  }

  void awaitReady() {
    Wait.until(
        "an engine is ready",
        () -> {
          run(with(ON, "--version"));
          return status().contains(": ready");
        },
        Resident::status);
  }

  /** What it says of itself. */
  static String status() {
    return run(with(ON, "engine", "status"));
  }

  /** 0 if there is none. */
  static long pid() {
    String status = status();
    int at = status.indexOf("process ");
    return at < 0 ? 0 : Long.parseLong(status.substring(at + 8, status.indexOf(',', at)));
  }

  /** Bytes that a process has written, which tell whether an operation was its. */
  static long written(long pid) {
    return number(pid, "io", "wchar: ");
  }

  static long residentKib(long pid) {
    return number(pid, "smaps_rollup", "\nRss:");
  }

  private static long number(long pid, String file, String before) {
    String text = read(Path.of("/proc/" + pid + "/" + file));
    int at = text.indexOf(before) + before.length();
    return Long.parseLong(text.substring(at, text.indexOf('\n', at)).replace("kB", "").trim());
  }

  /** The names of what engines of all installations have in their directory. */
  static Set<String> files() {
    return new HashSet<>(List.of(Path.of("/run/torpor/engine").toFile().list()));
  }

  /** The numbers of its descriptors. */
  static List<String> descriptors(long pid) {
    String[] names = Path.of("/proc/" + pid + "/fd").toFile().list();
    return names == null ? List.of() : List.of(names).stream().sorted().toList();
  }

  static List<String> with(List<String> before, String... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(Settings.torpor().toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** What a command prints that has to succeed. */
  static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    run(with(ON, "engine", "stop"));
  }
}
