// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The calls that the kubelet makes for a forensic checkpoint, to containerd 2.1. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CriIT {
  private static final String NAME = "told";

  private final Cri cri = new Cri();

  @BeforeAll
  void start(@TempDir Path images) {
    Workload.makeImages(images);
    cri.start(images);
  }

  @AfterAll
  void stop() {
    cri.close();
  }

  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource({"CRIU,TORPOR", "TORPOR,CRIU"})
  void containersComeBackTwice(Engine dumper, Engine restorer) throws IOException {
    new Cell(cri, Workload.WEB, List.of("--memory=100m", "--read-only"))
        .comesBackTwice(() -> cri.host().use(dumper), () -> cri.host().use(restorer));
  }

  /** As a pod should be: not root, nothing to be written to, seccomp by default, a limit. */
  @ParameterizedTest
  @CsvSource({"WEB,runc", "WEB,torpor", "REDIS,torpor"})
  void confinedContainersComeBackTwice(Workload workload, String runtime) throws IOException {
    // The runtime of examples/containerd does not ask what is found as criu.
    cri.host().use(runtime.equals("runc") ? Engine.TORPOR : Engine.CRIU);
    List<String> options =
        List.of("--runtime=" + runtime, "--user=1000", "--memory=100m", "--read-only");
    new Cell(cri, workload, options).comesBackTwice();
  }

  @Test
  void archiveTellsWhatTheContainerWas() {
    cri.host().use(Engine.TORPOR);
    cri.start(NAME, List.of("--user=1000"), Workload.WEB);
    try {
      Wait.until("it answers", () -> Workload.WEB.count(cri, NAME) > 0);
      assertThat(cri.tryCheckpoint(NAME, true).exitCode()).isZero();
      assertThat(
              cri.host()
                  .ask("/opt/torpor/bin/torpor", "container", "inspect", cri.archive().toString()))
          .contains("engine        containerd", "pod           default/" + NAME)
          .contains("127.0.0.1:5000/web:latest", "/bin/python3 /bin/hits", "uid 1000")
          .contains("TCP LISTEN 0.0.0.0:8000");
    } finally {
      cri.remove(NAME);
    }
  }

  /** The kubelet hands on what containerd says. */
  @ParameterizedTest
  @CsvSource({"torpor", "runc"})
  void reasonOfARefusalIsTold(String runtime) throws IOException {
    cri.host().use(Engine.TORPOR);
    cri.start(NAME, List.of("--runtime=" + runtime), Workload.WEB);
    try {
      Wait.until("it answers", () -> Workload.WEB.count(cri, NAME) > 0);
      try (WebClient client = new WebClient(cri.host(), cri.address())) {
        assertThat(client.ask()).isEqualTo("hit 2");
        String said = cri.tryCheckpoint(NAME, true).output();
        // runc says no more than where the log is.
        String log = said.replaceAll("(?s).*path= (\\S+criu-dump.log).*", "$1");
        assertThat(runtime.equals("torpor") ? said : cri.host().ask("cat", log))
            .contains("give --tcp-established to carry it");
        assertThat(cri.archive()).doesNotExist();
        assertThat(client.ask()).as("it goes on").isEqualTo("hit 3");
      }
    } finally {
      cri.remove(NAME);
    }
  }
}
