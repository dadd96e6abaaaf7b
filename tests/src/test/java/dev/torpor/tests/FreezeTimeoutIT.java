// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A thread that does not stop ends a dump after {@code --timeout}. A thread in a frozen cgroup of
 * version 1 is one: it enters no stop until it is thawed.
 */
class FreezeTimeoutIT {
  private static final Path HIERARCHY = Path.of("/sys/fs/cgroup/freezer");

  private final Path cgroup = HIERARCHY.resolve("torpor-test-" + ProcessHandle.current().pid());

  @BeforeEach
  void makeCgroup() throws IOException {
    assumeTrue(Files.exists(HIERARCHY.resolve("cgroup.procs")), "no freezer of version 1 mounted");
    Files.createDirectory(cgroup);
  }

  @AfterEach
  void removeCgroup() throws IOException {
    if (Files.exists(cgroup)) {
      Files.delete(cgroup);
    }
  }

  @Test
  void namesTheThreadThatDoesNotStop() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("threads", "2"))) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(running.root));
      freeze(running);
      long since = System.nanoTime();
      Engine.Outcome outcome =
          Engine.TORPOR.dump(running.keeper, running.root, running.images, "--timeout", "1");
      Duration took = Duration.ofNanos(System.nanoTime() - since);
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.output().lines()).as("%s", outcome).hasSize(1);
      assertThat(outcome.output())
          .contains("thread " + running.root + " did not stop within 1 s (--timeout)")
          .contains("--freeze-cgroup");
      assertThat(took).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
      assertUntouchedAndFrozen(running);
    }
  }

  @Test
  void frozenCgroupIsFrozenAgainAfterFailure() throws IOException {
    try (Running running = new Running(inOwnNetwork())) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(running.root));
      freeze(running);
      Path script = running.directory.resolve("fail");
      Files.writeString(script, "#!/bin/sh\n[ $CRTOOLS_SCRIPT_ACTION != network-lock ]\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
      Engine.Outcome outcome =
          Engine.TORPOR.dump(
              running.keeper,
              running.root,
              running.images,
              "--freeze-cgroup",
              cgroup.toString(),
              "--action-script",
              script.toString());
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.output()).contains("network-lock script failed");
      assertUntouchedAndFrozen(running);
    }
  }

  /** The network-lock script is told of, and can forbid, the dump of such a tree only. */
  private static Subject inOwnNetwork() {
    String program = Settings.program("threads").toString();
    return new StatusFileSubject(
        "threads", List.of("unshare", "-n", program, "DIR", "2"), true, true);
  }

  private void freeze(Running running) throws IOException {
    state("FROZEN");
    Wait.until("the cgroup is frozen", () -> state().equals("FROZEN"));
    assertThat(ProcessTree.tracerOf(running.root)).isZero();
  }

  private void assertUntouchedAndFrozen(Running running) throws IOException {
    Wait.until("the cgroup is frozen", () -> state().equals("FROZEN"));
    for (long tid : ProcessTree.threadsOf(running.root)) {
      assertThat(ProcessTree.tracerOf(tid)).isZero();
    }
    long before = running.progress();
    state("THAWED");
    running.awaitProgress(before, 3);
    Files.writeString(HIERARCHY.resolve("cgroup.procs"), Long.toString(running.root));
  }

  private void state(String state) throws IOException {
    Files.writeString(cgroup.resolve("freezer.state"), state);
  }

  private String state() {
    try {
      return Files.readString(cgroup.resolve("freezer.state")).trim();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
