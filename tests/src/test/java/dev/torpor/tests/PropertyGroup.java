// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A process, or a tree, with many properties: a group of one of the programs {@code properties-*},
 * see {@code programs/properties.h}.
 *
 * @param selection {@code only} or {@code without} and names of properties, or nothing for all
 */
record PropertyGroup(String program, String group, List<String> selection) implements Subject {
  private static final String PROGRAMS = "properties-";

  /** Those that a system property, {@code coverage.groups}, names; without it all. */
  static List<PropertyGroup> all() throws IOException {
    String wanted = System.getProperty("coverage.groups", "");
    List<PropertyGroup> groups = new ArrayList<>();
    try (Stream<Path> files = Files.list(Settings.source("programs"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(PROGRAMS) && name.endsWith(".c")) {
          String program = name.substring(0, name.length() - 2);
          Process process = new ProcessBuilder(Settings.program(program).toString()).start();
          try (Stream<String> lines = process.inputReader(UTF_8).lines()) {
            lines.forEach(group -> groups.add(new PropertyGroup(program, group, List.of())));
          }
        }
      }
    }
    groups.removeIf(
        each -> !wanted.isEmpty() && !List.of(wanted.split(",", -1)).contains(each.group));
    return groups;
  }

  PropertyGroup only(List<String> names) {
    return new PropertyGroup(program, group, selection("only", names));
  }

  PropertyGroup without(List<String> names) {
    return new PropertyGroup(program, group, selection("without", names));
  }

  private static List<String> selection(String how, List<String> names) {
    List<String> selection = new ArrayList<>(List.of(how));
    selection.addAll(names);
    return selection;
  }

  @Override
  public String name() {
    return group;
  }

  @Override
  public List<String> command(Path directory) {
    List<String> command = new ArrayList<>();
    command.add(Settings.program(program).toString());
    command.addAll(List.of(directory.toString(), group));
    command.addAll(selection);
    return command;
  }

  /** Nothing: who looks waits for the first report, or sees that the program has ended. */
  @Override
  public void prepare(Path directory) {}

  @Override
  public long progress(Path directory) {
    throw new UnsupportedOperationException("it is asked, and does nothing in between");
  }

  @Override
  public String state(Path directory) {
    throw new UnsupportedOperationException("it is asked: see values");
  }

  /**
   * What the program said last, which is taken away.
   *
   * @return values by names of properties, in the order of the program; null if it has said nothing
   */
  static Map<String, String> takeReport(Path directory) {
    Path report = directory.resolve("report");
    if (!Files.exists(report)) {
      return null;
    }
    try {
      Map<String, String> values = new LinkedHashMap<>();
      for (String line : Files.readAllLines(report)) {
        int tab = line.indexOf('\t');
        values.put(line.substring(0, tab), line.substring(tab + 1));
      }
      Files.delete(report);
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
