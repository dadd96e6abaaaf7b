// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Containers with limits that leave next to nothing: runc moves its engine into them before it asks
 * for a restore, but nothing of the engine may count against them.
 */
class LimitedContainerIT {
  private static final long MIB = 1 << 20;
  private static final List<String> NAMESPACES =
      List.of("mount", "pid", "ipc", "uts", "network", "cgroup");

  @Test
  void containerOf16MebibytesWith4Free() throws IOException {
    assumeController("memory");
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of(), memory("9"))) {
      bundle.configure(Map.of(), NAMESPACES);
      bundle.limit("memory", Map.of("limit", 16 * MIB));
      bundle.run();
      long used = number(bundle, "memory", "memory.usage_in_bytes");
      // Version 1 counts what each processor has charged ahead, too: up to 64 pages.
      assertThat(used).isBetween(11 * MIB, 13 * MIB);
      bundle.checkpoint(Engine.TORPOR);
      bundle.restore(Engine.TORPOR);
      assertThat(number(bundle, "memory", "memory.max_usage_in_bytes"))
          .as("the most that was ever charged")
          .isLessThan(used + MIB);
      assertThat(number(bundle, "memory", "memory.usage_in_bytes"))
          .as("what is charged when all is back")
          .isGreaterThan(11 * MIB);
    }
  }

  /** What is in a tmpfs is memory of the container; the engine writes it back from outside. */
  @Test
  void containerWithAFullTmpfs() throws IOException {
    assumeController("memory");
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of())) {
      bundle.configure(Map.of(), NAMESPACES);
      bundle.limit("memory", Map.of("limit", 24 * MIB));
      bundle.run();
      String file = "/dev/shm/content";
      bundle.within("busybox", "dd", "if=/dev/urandom", "of=" + file, "bs=1024k", "count=8");
      String sum = bundle.within("busybox", "md5sum", file);
      long charged = shmem(bundle);
      assertThat(charged).isGreaterThanOrEqualTo(8 * MIB);
      bundle.checkpoint(Engine.TORPOR);
      bundle.restore(Engine.TORPOR);
      assertThat(shmem(bundle)).as("what the container is charged for").isEqualTo(charged);
      assertThat(bundle.within("busybox", "md5sum", file)).isEqualTo(sum);
    }
  }

  private static long shmem(Bundle bundle) throws IOException {
    for (String line : bundle.cgroupFile("memory", "memory.stat").lines().toList()) {
      if (line.startsWith("shmem ")) {
        return Long.parseLong(line.substring("shmem ".length()));
      }
    }
    throw new AssertionError("no shmem in memory.stat");
  }

  /** The program has five threads. */
  @Test
  void containerWithTwoPidsFree() throws IOException {
    assumeController("pids");
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of(), memory("1"))) {
      bundle.configure(Map.of(), NAMESPACES);
      bundle.run();
      long tasks = number(bundle, "pids", "pids.current");
      bundle.checkpoint(Engine.TORPOR);
      bundle.limit("pids", Map.of("limit", tasks + 2));
      bundle.restore(Engine.TORPOR);
      assertThat(number(bundle, "pids", "pids.max")).isEqualTo(tasks + 2);
      assertThat(number(bundle, "pids", "pids.peak")).isEqualTo(tasks);
    }
  }

  /** Ratio of the shorter of three restores each, in turn, so that both see the same machine. */
  @Test
  void containerOfATenthOfAProcessor() throws IOException {
    assumeController("cpu");
    long limitedMillis = Long.MAX_VALUE;
    long freeMillis = Long.MAX_VALUE;
    for (int round = 0; round < 3; round++) {
      limitedMillis = Math.min(limitedMillis, restoreMillis(true));
      freeMillis = Math.min(freeMillis, restoreMillis(false));
    }
    assertThat(limitedMillis).isLessThan(freeMillis * 3 / 2);
  }

  private static long restoreMillis(boolean limited) throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of())) {
      bundle.configure(Map.of(), NAMESPACES);
      if (limited) {
        bundle.limit("cpu", Map.of("quota", 10_000L, "period", 100_000L));
      }
      bundle.run();
      bundle.checkpoint(Engine.TORPOR);
      long start = System.nanoTime();
      bundle.restore(Engine.TORPOR);
      return (System.nanoTime() - start) / 1_000_000;
    }
  }

  static List<Arguments> hosts() {
    return List.of(Arguments.of("all", List.of()), Arguments.of("version 2", RuncIT.V2_VIEW));
  }

  /**
   * A script is started by the engine, from where it is; the tree is in the container's cgroups.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("hosts")
  void engineIsWhereItsCallerIs(String hierarchies, List<String> host) throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, host)) {
      bundle.configure(Map.of(), NAMESPACES);
      Path configuration = bundle.engineConfiguration();
      Files.createFile(configuration);
      bundle.run();
      String before = bundle.cgroups();
      assertThat(before).isNotEqualTo(Files.readString(Path.of("/proc/self/cgroup")));
      bundle.checkpoint(Engine.TORPOR);
      Path seen = configuration.resolveSibling("seen");
      Path script = configuration.resolveSibling("script");
      String look =
          "cat /proc/self/cgroup >%s; cat /proc/$CRTOOLS_INIT_PID/cgroup >%s.tree; true"
              .formatted(seen, seen);
      Files.writeString(
          configuration, "action-script " + Dumped.script(script, "setup-namespaces", look));
      bundle.restore(Engine.TORPOR);
      assertThat(seen).hasSameTextualContentAs(Path.of("/proc/self/cgroup"));
      assertThat(Path.of(seen + ".tree")).hasContent(before);
      assertThat(bundle.cgroups()).isEqualTo(before);
    }
  }

  private static StatusFileSubject memory(String mebibytes) {
    return StatusFileSubject.compiled("memory", mebibytes);
  }

  private static void assumeController(String name) {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup", name, "cgroup.procs")),
        "no controller " + name + " of version 1");
  }

  private static long number(Bundle bundle, String controller, String file) throws IOException {
    return Long.parseLong(bundle.cgroupFile(controller, file));
  }
}
