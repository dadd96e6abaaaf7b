// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program that reports through a status file, as {@code programs/common.h} describes it. */
record StatusFileSubject(
    String name, List<String> program, boolean hasLastingProcessesOnly, boolean hasFixedMappings)
    implements Subject {

  /** A C program of this module. */
  static StatusFileSubject compiled(String name, String... arguments) {
    List<String> program = new ArrayList<>(List.of(Settings.program(name).toString()));
    program.add("DIR");
    program.addAll(List.of(arguments));
    return new StatusFileSubject(name, program, true, true);
  }

  /**
   * A kernel object in some state, a kind of {@code programs/objects.py}.
   *
   * @param prefix what the program is started by
   */
  static StatusFileSubject object(String kind, String... prefix) {
    List<String> program = new ArrayList<>(List.of(prefix));
    String source = Settings.source("programs/objects.py").toString();
    program.addAll(List.of("/usr/bin/python3", source, "DIR", kind));
    return new StatusFileSubject(kind, program, true, false);
  }

  @Override
  public List<String> command(Path directory) {
    return program.stream().map(word -> word.equals("DIR") ? directory.toString() : word).toList();
  }

  @Override
  public void prepare(Path directory) {
    Wait.until(name + " writes its status", () -> Files.exists(directory.resolve("status")));
    Wait.until(name + " ticks", () -> progress(directory) >= 2);
  }

  @Override
  public long progress(Path directory) {
    for (String line : lines(directory)) {
      if (line.startsWith("error=")) {
        throw new AssertionError(name + " found its state damaged: " + line.substring(6));
      }
    }
    for (String line : lines(directory)) {
      if (line.startsWith("tick=")) {
        return Long.parseLong(line.substring(5));
      }
    }
    return -1;
  }

  /** The size must stay: a restore compares it. */
  @Override
  public void forget(Path directory) {
    Path status = directory.resolve("status");
    try {
      Files.write(status, "\n".repeat((int) Files.size(status)).getBytes(US_ASCII), WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String state(Path directory) {
    List<String> kept = new ArrayList<>();
    for (String line : lines(directory)) {
      if (!line.isEmpty() && !line.startsWith("tick=")) {
        kept.add(line);
      }
    }
    return String.join("\n", kept);
  }

  private static List<String> lines(Path directory) {
    try {
      return Files.readAllLines(directory.resolve("status"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
