// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Writes {@code docs/coverage.md}: each property, dumped by CRIU or Torpor and restored by CRIU or
 * Torpor, two generations. No part of {@code ./test}, as CRIU proves nothing about Torpor: {@code
 * tests/coverage/run}.
 */
class CoverageTable {
  private static final int GENERATIONS = 2;

  /** In the order of the columns: CRIU to CRIU, to Torpor; Torpor to CRIU, to Torpor. */
  private static final int WAYS = 4;

  private static final String COLUMNS =
      " | CRIU → CRIU | CRIU → Torpor | Torpor → CRIU | Torpor → Torpor |\n";

  /** One property: how it fared in each of the ways. */
  private record Row(PropertyGroup group, String property, List<Fate> fates) {}

  private final Map<String, Integer> footnotes = new LinkedHashMap<>();

  @Test
  void write() throws Exception {
    List<PropertyGroup> groups = PropertyGroup.all();
    List<Future<List<Row>>> running = new ArrayList<>();
    ExecutorService workers = Executors.newFixedThreadPool(Integer.getInteger("coverage.jobs", 2));
    try {
      for (PropertyGroup group : groups) {
        running.add(workers.submit(() -> rowsApart(group)));
      }
      List<Row> rows = new ArrayList<>();
      List<Throwable> failures = new ArrayList<>();
      for (Future<List<Row>> each : running) {
        try {
          rows.addAll(each.get());
        } catch (ExecutionException e) {
          failures.add(e);
        }
        // So far: what has taken long is not lost if a later one fails.
        write(rows);
      }
      assertThat(failures).isEmpty();
    } finally {
      workers.shutdown();
    }
  }

  /** The indices of terminals are the machine's: two groups must not take them from one another. */
  private static List<Row> rowsApart(PropertyGroup group) throws IOException {
    if (!group.group().startsWith("terminal")) {
      return rows(group);
    }
    synchronized (CoverageTable.class) {
      return rows(group);
    }
  }

  private static List<Row> rows(PropertyGroup group) throws IOException {
    Map<String, Fate> names = Properties.names(group);
    List<String> possible = names.keySet().stream().filter(n -> names.get(n) == null).toList();
    List<String> refused = new ArrayList<>(KnownLosses.read().refused(group));
    refused.retainAll(possible);
    List<Map<String, Fate>> ways = new ArrayList<>();
    ways.addAll(dumpedBy(Engine.CRIU, group, possible, List.of()));
    ways.addAll(dumpedBy(Engine.TORPOR, group, possible, refused));
    List<Row> rows = new ArrayList<>();
    for (String name : names.keySet()) {
      Fate impossible = names.get(name);
      rows.add(
          new Row(
              group,
              name,
              impossible != null
                  ? Collections.nCopies(ways.size(), impossible)
                  : ways.stream().map(way -> way.get(name)).toList()));
    }
    return rows;
  }

  /** Restored by CRIU, and by Torpor. What the dump of the one refuses, that of the other does. */
  private static List<Map<String, Fate>> dumpedBy(
      Engine dumper, PropertyGroup group, List<String> names, List<String> alone) {
    Map<String, Fate> same = new Properties(dumper, dumper, GENERATIONS).fates(group, names, alone);
    List<String> dumped =
        names.stream().filter(name -> !same.get(name).is(Fate.Kind.REFUSED)).toList();
    Engine other = dumper == Engine.CRIU ? Engine.TORPOR : Engine.CRIU;
    Map<String, Fate> crossed = new HashMap<>(same);
    crossed.putAll(new Properties(dumper, other, GENERATIONS).fates(group, dumped, List.of()));
    return dumper == Engine.CRIU ? List.of(same, crossed) : List.of(crossed, same);
  }

  private void write(List<Row> all) throws IOException {
    List<Row> possible =
        all.stream().filter(row -> !row.fates.get(0).is(Fate.Kind.IMPOSSIBLE)).toList();
    footnotes.clear();
    StringBuilder page = new StringBuilder(Files.readString(Settings.source("coverage/head.md")));
    sums(page, possible, all.size() - possible.size());
    for (PropertyGroup group : all.stream().map(Row::group).distinct().toList()) {
      table(page, group, possible.stream().filter(row -> row.group.equals(group)).toList());
    }
    page.append("\n## What was said\n\n");
    footnotes.forEach((text, number) -> page.append(number).append(". ").append(text).append('\n'));
    page.append("\n## Not possible on this machine\n\n");
    for (Row row : all) {
      if (!possible.contains(row)) {
        String why = row.fates.get(0).detail();
        page.append("- ").append(row.group.group()).append(": ").append(row.property);
        page.append(": ").append(why).append('\n');
      }
    }
    Files.write(Path.of("target/coverage-details.txt"), all.stream().map(Row::toString).toList());
    Path target = Settings.source("../docs").resolve("coverage.md");
    Files.writeString(Path.of(System.getProperty("coverage.page", target.toString())), page);
  }

  private static void sums(StringBuilder page, List<Row> rows, int impossible) {
    page.append(rows.size()).append(" properties; ").append(impossible);
    page.append(" more cannot be set on the machine that this was written on.\n\n");
    page.append("| ").append(COLUMNS);
    page.append("|---|---|---|---|---|\n");
    for (Fate.Kind kind : Fate.Kind.values()) {
      int[] count = new int[WAYS];
      for (Row row : rows) {
        for (int way = 0; way < WAYS; way++) {
          count[way] += row.fates.get(way).is(kind) ? 1 : 0;
        }
      }
      if (count[0] + count[1] + count[2] + count[3] > 0) {
        page.append("| ").append(kind);
        for (int each : count) {
          page.append(" | ").append(each);
        }
        page.append(" |\n");
      }
    }
  }

  private void table(StringBuilder page, PropertyGroup group, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    page.append("\n## ").append(group.group()).append("\n\n");
    page.append("| property").append(COLUMNS);
    page.append("|---|---|---|---|---|\n");
    for (Row row : rows) {
      page.append("| ").append(row.property);
      for (int way = 0; way < WAYS; way++) {
        page.append(" | ").append(cell(way, row.fates.get(way)));
      }
      page.append(" |\n");
    }
  }

  /** Without what differs from run to run. */
  private static String general(String text) {
    return text.replaceAll("(task|pid) \\d+", "$1 PID")
        .replaceAll(":\\[\\d+\\]", ":[INODE]")
        .replaceAll(":\\d{4,5}\\b", ":PORT")
        .replaceAll("/tmp/torpor-\\S*?\\d{9,}", "DIR");
  }

  private String cell(int way, Fate fate) {
    boolean said =
        (fate.is(Fate.Kind.REFUSED) && way >= 2) || (fate.is(Fate.Kind.FAILED) && way % 2 == 1);
    if (!said) {
      return fate.kind().toString();
    }
    String text = general(fate.detail());
    int number = footnotes.computeIfAbsent(text, t -> footnotes.size() + 1);
    return fate.kind() + " (" + number + ")";
  }
}
