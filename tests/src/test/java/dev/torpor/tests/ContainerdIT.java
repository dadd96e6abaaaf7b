// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** containerd 1.6, by its client ctr. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerdIT {
  private static final String NAME = "told";
  private static final String RUNTIME = "--runtime=torpor";

  private final Containerd containerd = new Containerd("stable");

  @BeforeAll
  void start(@TempDir Path images) {
    Workload.makeImages(images);
    containerd.start(images);
  }

  @AfterAll
  void stop() {
    containerd.close();
  }

  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource({"TORPOR,TORPOR", "CRIU,TORPOR", "TORPOR,CRIU"})
  void containersComeBackTwice(Engine dumper, Engine restorer) throws IOException {
    List<String> options = List.of("--memory=64m", "--read-only", "--seccomp");
    new Cell(containerd, Workload.WEB, options)
        .comesBackTwice(() -> containerd.host().use(dumper), () -> containerd.host().use(restorer));
  }

  /** What is found as criu is CRIU. */
  @ParameterizedTest
  @EnumSource(names = {"WEB", "REDIS"})
  void comesBackByTheRuntime(Workload workload) throws IOException {
    containerd.host().use(Engine.CRIU);
    new Cell(containerd, workload, List.of(RUNTIME)).comesBackTwice();
  }

  /** Into a directory, which then is a checkpoint like any other; or not, and why. */
  @ParameterizedTest
  @ValueSource(strings = {"", RUNTIME})
  void taskIsDumpedIntoADirectory(String option) throws IOException {
    containerd.host().use(Engine.TORPOR);
    containerd.start(NAME, option.isEmpty() ? List.of() : List.of(option), Workload.WEB);
    try {
      Wait.until("it answers", () -> Workload.WEB.count(containerd, NAME) > 0);
      String images = containerd.host().directory.resolve("images" + option.length()).toString();
      List<String> command = new ArrayList<>(List.of("task", "checkpoint", "--exit"));
      command.addAll(List.of("--image-path", images, "--work-path", images + ".work", NAME));
      String[] checkpoint = command.toArray(String[]::new);
      try (WebClient client = new WebClient(containerd.host(), "127.0.0.1")) {
        assertThat(client.ask()).isEqualTo("hit 2");
        String reason = "give --tcp-established to carry it";
        String said = containerd.tryCtr(checkpoint).output();
        // runc says no more than that it failed, and where the log is.
        String log = containerd.host().ask("cat", images + ".work/dump.log");
        assertThat(option.isEmpty() ? log : said).contains(reason);
        assertThat(client.ask()).as("it goes on").isEqualTo("hit 3");
      }
      Wait.until("the connection is gone", () -> containerd.tryCtr(checkpoint).exitCode() == 0);
      assertThat(containerd.ctr("task", "ls")).doesNotContain("RUNNING");
      assertThat(containerd.host().ask("/opt/torpor/bin/torpor", "container", "inspect", images))
          .contains("python3", "TCP LISTEN 0.0.0.0:8000");
    } finally {
      containerd.remove(NAME);
    }
  }
}
