// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Containers of crun, which calls an engine through libcriu. */
class CrunIT {
  /**
   * crun refuses hosts with cgroups of both versions, so it gets to see the unified hierarchy only;
   * and a /run of its own, where it keeps its state.
   */
  private static final List<String> HOST =
      List.of(
          "/usr/bin/unshare",
          "--mount",
          "/bin/sh",
          "-c",
          "mount -t cgroup2 none /sys/fs/cgroup && mount --bind BUNDLE/run /run && exec \"$@\"",
          "sh");

  /**
   * crun does not see the other hierarchies, in which the container is where its starter is; a dump
   * would take all of them.
   */
  private static final String WITHOUT_CGROUPS = "--manage-cgroups-mode=ignore";

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void containerComesBack(Engine dumper, Engine restorer) throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.CRUN, HOST)) {
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
      bundle.run();
      bundle.checkpoint(dumper, WITHOUT_CGROUPS);
      bundle.restore(restorer);
    }
  }

  /** The network namespace goes by descriptor, the others by join_ns. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void livesInNamespacesGivenByPath(Engine dumper, Engine restorer) throws IOException {
    try (Holder holder = new Holder();
        Bundle bundle = new Bundle(OciRuntime.CRUN, HOST)) {
      Map<String, String> given =
          Map.of(
              "network", holder.path("net"), "ipc", holder.path("ipc"), "uts", holder.path("uts"));
      bundle.configure(given, List.of("mount", "pid"));
      bundle.run();
      bundle.checkpoint(dumper, WITHOUT_CGROUPS);
      bundle.restore(restorer);
      for (String kind : List.of("net", "ipc", "uts")) {
        assertThat(Holder.namespaceOf(bundle.pid(), kind))
            .isEqualTo(Holder.namespaceOf(holder.pid, kind));
      }
    }
  }

  /** crun runs no hook when it restores: then the engine enters the container into the list. */
  @Test
  void isListedWhenItRunsAgain() throws IOException {
    try (Bundle bundle = new Bundle(OciRuntime.CRUN, HOST)) {
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
      bundle.hook("torpor.checkpoint", "createRuntime", "poststop");
      Path list = bundle.file("run/torpor/containers");
      bundle.run();
      assertThat(list.toFile().list())
          .singleElement()
          .asString()
          .contains("." + bundle.pid() + ".");
      bundle.checkpoint(Engine.TORPOR, WITHOUT_CGROUPS);
      assertThat(list).isEmptyDirectory();
      bundle.restore(Engine.TORPOR);
      assertThat(list.toFile().list())
          .singleElement()
          .asString()
          .contains("." + bundle.pid() + ".");
      Path entry = list.toFile().listFiles()[0].toPath();
      assertThat(entry.resolve("state")).content().contains("\"status\":\"stopped\"");
      assertThat(entry.resolve("runtime")).content().contains("\0restore\0");
    }
  }
}
