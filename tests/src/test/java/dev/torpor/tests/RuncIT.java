// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Containers of runc without an engine above it, for what Podman does not ask of it. */
class RuncIT {
  static final List<String> V2_VIEW =
      List.of(
          "/usr/bin/unshare",
          "--mount",
          "/bin/sh",
          "-c",
          "mount -t cgroup2 none /sys/fs/cgroup && exec \"$@\"",
          "sh");

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  /**
   * Namespaces given by path in config.json: runc passes net and pid as external and by descriptor,
   * ipc and uts as join_ns.
   */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void livesInNamespacesGivenByPath(Engine dumper, Engine restorer) throws IOException {
    try (Holder holder = new Holder();
        Bundle bundle = new Bundle(OciRuntime.RUNC, List.of())) {
      Map<String, String> given =
          Map.of(
              "network", holder.path("net"),
              "pid", holder.path("pid"),
              "ipc", holder.path("ipc"),
              "uts", holder.path("uts"));
      bundle.configure(given, List.of("mount"));
      comesBack(bundle, dumper, restorer);
      for (String kind : List.of("net", "pid", "ipc", "uts")) {
        assertThat(Holder.namespaceOf(bundle.pid(), kind))
            .isEqualTo(Holder.namespaceOf(holder.pid, kind));
      }
    }
  }

  /** A cgroup namespace of its own, in which every path of a cgroup begins at the container's. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void seesItsOwnCgroupAsTheRoot(Engine dumper, Engine restorer) throws IOException {
    cgroupNamespace(List.of(), dumper, restorer);
  }

  /** The same where the unified hierarchy is the only one that is mounted. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void seesItsOwnCgroupOfVersion2AsTheRoot(Engine dumper, Engine restorer) throws IOException {
    cgroupNamespace(V2_VIEW, dumper, restorer);
  }

  private static void cgroupNamespace(List<String> host, Engine dumper, Engine restorer)
      throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, host)) {
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network", "cgroup"));
      bundle.run();
      String seen = bundle.within("cat", "/proc/self/cgroup");
      assertThat(seen.lines()).isNotEmpty().allMatch(line -> line.endsWith(":/"));
      List<String> mounted = bundle.cgroupMounts();
      assertThat(mounted).isNotEmpty();
      String outside = bundle.cgroups();
      bundle.checkpoint(dumper);
      bundle.restore(restorer);
      assertThat(bundle.within("cat", "/proc/self/cgroup")).isEqualTo(seen);
      assertThat(bundle.cgroupMounts()).isEqualTo(mounted);
      assertThat(bundle.cgroups()).isEqualTo(outside);
    }
  }

  /** What {@code runc exec} starts is no child of the container's init: CRIU says nothing of it. */
  @Test
  void namesWhatWasExecutedBesideTheContainer() throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.RUNC, List.of())) {
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
      bundle.run();
      bundle.checkpoint(Engine.TORPOR, "--leave-running");
      assertThat(bundle.logs()).doesNotContain("in the pid namespace");
      bundle.startWithin("/bin/busybox", "sleep", "1000");
      bundle.checkpoint(Engine.TORPOR);
      assertThat(bundle.logs()).contains("(busybox) is in the pid namespace of the tree");
      bundle.restore(Engine.TORPOR);
    }
  }

  private static void comesBack(Bundle bundle, Engine dumper, Engine restorer) throws IOException {
    bundle.run();
    bundle.checkpoint(dumper);
    bundle.restore(restorer);
  }
}
