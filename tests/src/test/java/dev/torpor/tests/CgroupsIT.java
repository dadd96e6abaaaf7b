// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a process in a cgroup of its own without any option, as CRIU does it. */
class CgroupsIT {
  private static final String CONTROL = "cgroup.subtree_control";

  private static final Map<String, String> LIMITS =
      Map.of(
          "cpu.max", "50000 100000",
          "hugetlb.2MB.max", "8388608",
          "memory.high", "268435456",
          "memory.max", "536870912",
          "pids.max", "77");

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

  /** Of a cgroup that nobody makes before the restore, and of one below it. */
  @Test
  void limitsOfVersion2ComeBackTwice() throws IOException {
    Map<String, String> limits = limitsOfThisMachine();
    Set<String> enabled = enable(cgroup.getParent(), limits.keySet());
    try (Running running = new Running(StatusFileSubject.compiled("registers"))) {
      Path leaf = below.resolve("leaf");
      Files.createDirectories(below);
      enable(cgroup, limits.keySet());
      enable(below, limits.keySet());
      Files.createDirectories(leaf);
      Files.writeString(leaf.resolve("cgroup.procs"), Long.toString(running.root));
      for (Map.Entry<String, String> limit : limits.entrySet()) {
        Files.writeString(leaf.resolve(limit.getKey()), limit.getValue());
      }
      for (int generation = 0; generation < 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        Files.deleteIfExists(leaf);
        removeCgroups();
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        assertThat(leaf.resolve("cgroup.procs")).content().contains(running.root + "\n");
        for (Map.Entry<String, String> limit : limits.entrySet()) {
          assertThat(leaf.resolve(limit.getKey())).hasContent(limit.getValue());
        }
        running.awaitProgress(running.progress(), 3);
      }
      running.kill();
      Wait.until("the cgroup is empty", () -> leaf.toFile().delete());
    } finally {
      removeCgroups();
      for (String controller : enabled) {
        Files.writeString(cgroup.resolveSibling(CONTROL), "-" + controller);
      }
    }
  }

  /** Where version 1 has a controller, version 2 has not. */
  private Map<String, String> limitsOfThisMachine() throws IOException {
    String there = " " + Files.readString(cgroup.resolveSibling("cgroup.controllers")).trim() + " ";
    Map<String, String> limits = new TreeMap<>();
    for (Map.Entry<String, String> limit : LIMITS.entrySet()) {
      if (there.contains(" " + controller(limit.getKey()) + " ")) {
        limits.put(limit.getKey(), limit.getValue());
      }
    }
    Assumptions.assumeFalse(limits.isEmpty(), "no controller of version 2");
    return limits;
  }

  /** Which of them were not. */
  private static Set<String> enable(Path directory, Set<String> files) throws IOException {
    Path control = directory.resolve(CONTROL);
    Set<String> enabled = new TreeSet<>();
    for (String file : files) {
      if (!(" " + Files.readString(control).trim() + " ").contains(" " + controller(file) + " ")) {
        Files.writeString(control, "+" + controller(file));
        enabled.add(controller(file));
      }
    }
    return enabled;
  }

  private static String controller(String file) {
    return file.substring(0, file.indexOf('.'));
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
