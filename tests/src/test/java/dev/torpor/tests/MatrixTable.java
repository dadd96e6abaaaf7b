// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writes {@code docs/matrix.md}: engines, workloads and options, with CRIU and with Torpor. No part
 * of {@code ./test}, which has some of the cells in the tests of each engine: {@code
 * tests/matrix/run}.
 */
class MatrixTable {
  private static final String HEAD =
      "| workload | options | CRIU | Torpor as criu | torpor-runtime |\n|---|---|---|---|---|\n";
  private static final int LONGEST_REASON_CHARACTERS = 300;

  /** In Docker's words: none, and what a container should have that is not trusted. */
  private static final List<List<String>> OPTIONS =
      List.of(List.of(), List.of("--user=1000", "--read-only", "--memory=64m"));

  private final Map<String, Integer> footnotes = new LinkedHashMap<>();
  private final List<String> worse = new ArrayList<>();

  @Test
  void write(@TempDir Path images) throws IOException {
    Workload.makeImages(images);
    Map<String, Supplier<ContainerEngine>> engines = new LinkedHashMap<>();
    engines.put("Podman 4.3", Podman::new);
    engines.put("Docker 20.10", Docker::new);
    engines.put("containerd 1.6, ctr", () -> new Containerd("stable"));
    engines.put("containerd 2.1, CRI", Cri::new);
    StringBuilder page = new StringBuilder(Files.readString(Settings.source("matrix/head.md")));
    for (Map.Entry<String, Supplier<ContainerEngine>> each : engines.entrySet()) {
      page.append("\n## ").append(each.getKey()).append("\n\n").append(HEAD);
      try (ContainerEngine engine = each.getValue().get()) {
        engine.start(images);
        rows(each.getKey(), engine, page);
      }
    }
    page.append('\n');
    footnotes.forEach((reason, number) -> page.append(number + ". " + reason + "\n"));
    Path docs = Settings.source("../docs").resolve("matrix.md");
    Files.writeString(Path.of(System.getProperty("matrix.page", docs.toString())), page);
    assertThat(worse).as("what CRIU does and Torpor does not").isEmpty();
  }

  /** Every workload as it is; one of them with the options that the engine takes. */
  private void rows(String name, ContainerEngine engine, StringBuilder page) {
    for (List<String> options : OPTIONS) {
      for (Workload workload : Workload.values()) {
        boolean isShown = options.isEmpty() || workload == Workload.WEB;
        if (isShown && engine.takes(workload, options)) {
          page.append(row(name, engine, workload, options));
        }
      }
    }
  }

  private String row(String name, ContainerEngine engine, Workload workload, List<String> options) {
    String criu = run(engine, Engine.CRIU, workload, options);
    String torpor = run(engine, Engine.TORPOR, workload, options);
    List<String> byRuntime = new ArrayList<>(options);
    byRuntime.add("--runtime=torpor");
    String runtime = run(engine, Engine.CRIU, workload, byRuntime);
    String what = workload.fileName() + " | " + String.join(" ", options);
    if (criu.equals("works") && !(torpor.equals("works") && runtime.equals("works"))) {
      worse.add(name + " " + what);
    }
    return "| " + what + " | " + criu + " | " + torpor + " | " + runtime + " |\n";
  }

  private String run(
      ContainerEngine engine, Engine checkpointer, Workload workload, List<String> options) {
    engine.use(checkpointer);
    try {
      new Cell(engine, workload, options).comesBackTwice();
      return "works";
    } catch (AssertionError | IOException e) {
      String reason = reason(e.getMessage());
      return "fails [" + footnotes.computeIfAbsent(reason, any -> footnotes.size() + 1) + "]";
    }
  }

  /** In one line, without what is of this run alone. */
  private static String reason(String message) {
    String line =
        message
            .replaceAll("(?s).*, output=", "")
            .replaceAll("/var/tmp/[\\w-]+", "DIRECTORY")
            .replaceAll("[0-9a-f]{32,}", "ID")
            .replaceAll("\\s+", " ");
    return line.length() > LONGEST_REASON_CHARACTERS
        ? line.substring(0, LONGEST_REASON_CHARACTERS) + " ..."
        : line;
  }
}
