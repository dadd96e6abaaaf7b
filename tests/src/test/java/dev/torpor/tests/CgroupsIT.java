// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a process in a cgroup of its own without any option, as CRIU does it. */
class CgroupsIT {
  private final Path cgroup = Hierarchy.UNIFIED.cgroupOfATest();
  private final Path below = cgroup.resolve("below");
  private final Path other = cgroup.resolveSibling(Machine.own(cgroup.getFileName() + "-other"));

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  @AfterEach
  void removeCgroups() throws IOException {
    for (Path made : new Path[] {below, cgroup, other.resolve("below"), other}) {
      Files.deleteIfExists(made);
    }
  }

  /** The mode is soft: a missing cgroup is made again. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void comesBackInItsCgroup(Engine dumper, Engine restorer) throws IOException {
    comesBack(dumper, restorer, below);
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void comesBackBelowAnotherRoot(Engine dumper, Engine restorer) throws IOException {
    comesBack(dumper, restorer, other, "--cgroup-root", ":/" + other.getFileName());
  }

  /** Here the hierarchies are mounted as a yard has them. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void comesBackByAYard(Engine dumper, Engine restorer) throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/sys/fs/cgroup/unified")), "no such yard here");
    comesBack(dumper, restorer, below, "--cgroup-yard", "/sys/fs/cgroup");
  }

  /** What is saved begins where the dump is told that it does. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void rootOfADumpIsSavedWithAllBelow(Engine dumper, Engine restorer) throws IOException {
    String top = ":/" + cgroup.getFileName();
    try (Running running = new Running(StatusFileSubject.compiled("registers"))) {
      enter(running);
      Files.writeString(cgroup.resolve("cgroup.max.depth"), "7");
      dumper
          .dump(running.keeper, running.root, running.images, "--cgroup-root", top)
          .assertSucceeded();
      running.awaitGone();
      removeCgroups();
      restorer.restore(running.keeper, running.images).assertSucceeded();
      assertThat(below.resolve("cgroup.procs")).content().contains(running.root + "\n");
      assertThat(cgroup.resolve("cgroup.max.depth")).hasContent("7");
    }
    Wait.until("the cgroup is empty", () -> below.toFile().delete());
  }

  private void comesBack(Engine dumper, Engine restorer, Path place, String... options)
      throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("registers"))) {
      enter(running);
      dumper.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      removeCgroups();
      restorer.restore(running.keeper, running.images, options).assertSucceeded();
      assertThat(place.resolve("cgroup.procs")).content().contains(running.root + "\n");
      running.awaitProgress(running.progress(), 3);
    }
    Wait.until("the cgroup is empty", () -> place.toFile().delete());
  }

  private void enter(Running running) throws IOException {
    Files.createDirectories(below);
    Files.writeString(below.resolve("cgroup.procs"), Long.toString(running.root));
  }
}
