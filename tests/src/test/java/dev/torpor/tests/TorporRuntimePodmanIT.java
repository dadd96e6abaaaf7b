// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Podman with {@code torpor-runtime} as a runtime, configured by examples/podman. What it finds as
 * {@code criu} is CRIU: that Torpor dumps is the runtime's doing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TorporRuntimePodmanIT {
  private static final String INSTALLED = "/opt/torpor/bin/torpor-runtime";

  private Machine before;
  private PodmanStore store;

  @BeforeAll
  void makeStore() throws IOException {
    before = Machine.now();
    store = new PodmanStore();
    String example = Files.readString(Settings.source("../examples/podman/torpor-runtime.conf"));
    assertThat(example).contains(INSTALLED);
    String here = Settings.torpor().resolveSibling("torpor-runtime").toString();
    store.configure(example.replace(INSTALLED, here));
  }

  @AfterAll
  void removeStore() {
    store.close();
    before.assertUnchanged();
  }

  @Test
  void checkpointsInPlaceAndThroughAnArchive() throws IOException {
    store.podman(
        "--runtime",
        "torpor",
        "run",
        "--detach",
        "--name",
        "counter",
        "--network",
        "none",
        "--cgroup-parent",
        store.cgroupParent(),
        "localhost/counter");
    Wait.until("it counts", () -> counted() > 3);
    int counted = counted();
    store.podman("container", "checkpoint", "--leave-running", "counter");
    store.podman("container", "checkpoint", "--keep", "counter");
    String directory = store.podman("inspect", "--format", "{{.StaticDir}}", "counter");
    // CRIU's line has three numbers.
    assertThat(Files.readString(Path.of(directory, "dump.log"))).contains("Version: 4.2 (gitid 0)");
    store.podman("container", "restore", "--keep", "counter");
    Path archive = store.directory.resolve("runtime.tar.gz");
    int restored = counted;
    Wait.until("it counts on", () -> counted() > restored + 3);
    store.podman("exec", "counter", "echo", "here");
    store.podman("pause", "counter");
    store.podman("unpause", "counter");
    store.podman("container", "checkpoint", "--export", archive.toString(), "counter");
    store.podman("rm", "counter");
    store.podman("container", "restore", "--import", archive.toString(), "--name", "counter");
    int exported = counted();
    Wait.until("the import counts on", () -> counted() > exported + 3);
    assertThat(store.podman("inspect", "--format", "{{.OCIRuntime}}", "counter"))
        .isEqualTo("torpor");
    store.podman("rm", "--force", "--time", "0", "counter");
  }

  /** The same in front of Debian 12's crun, which has no checkpoint of its own. */
  @Test
  void checkpointsOverACrunWithoutCriu() throws IOException {
    Path directory = Files.createDirectory(store.directory.resolve("over"));
    Files.createDirectory(directory.resolve("run"));
    Path runtime = Files.createSymbolicLink(directory.resolve("crun"), Settings.torpor());
    List<String> command = new ArrayList<>();
    for (String word : OciRuntime.viewWith(Settings.stableCrun())) {
      command.add(word.replace("BUNDLE", directory.toString()));
    }
    command.add(Settings.source("scripts/podman-over-crun.sh").toString());
    command.add(store.directory.resolve("podman").toString());
    command.add(runtime.toString());
    command.add(directory.resolve("archive.tar.gz").toString());
    PodmanStore.Outcome outcome = PodmanStore.run(command.toArray(String[]::new));
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.output()).contains("exec works", "runtime " + runtime);
  }

  private int counted() {
    int last = 0;
    for (String line : store.podman("logs", "counter").lines().toList()) {
      last = line.startsWith("child ") ? Integer.parseInt(line.substring(6)) : last;
    }
    return last;
  }
}
