// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code torpor-runtime}: a container is that of the runtime behind it, before and after. */
class TorporRuntimeIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Hierarchies that crun does not see would be in the images. */
  private static final String WITHOUT_CGROUPS = "--manage-cgroups-mode=ignore";

  /** What Torpor stands in front of. */
  enum Front {
    RUNC,
    CRUN_WITH_CRIU,
    CRUN_WITHOUT_CRIU;

    String[] options() {
      return this == RUNC ? new String[0] : new String[] {WITHOUT_CGROUPS};
    }

    Bundle bundle() throws IOException {
      Bundle bundle =
          this == RUNC
              ? new Bundle(OciRuntime.TORPOR_OVER_RUNC, List.of())
              : new Bundle(
                  OciRuntime.TORPOR_OVER_CRUN,
                  OciRuntime.viewWith(
                      this == CRUN_WITH_CRIU ? Settings.crun() : Settings.stableCrun()));
      bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
      if (this != RUNC) {
        bundle.unlimited();
      }
      return bundle;
    }
  }

  @ParameterizedTest
  @EnumSource
  void containerIsTheRuntimesOwnAfterARestore(Front front) throws IOException {
    try (Bundle bundle = front.bundle()) {
      bundle.run();
      for (int round = 0; round < 2; round++) {
        bundle.checkpoint(Engine.TORPOR, front.options());
        bundle.restore(Engine.TORPOR);
        assertThat(status(bundle)).isEqualTo("running");
        assertThat(bundle.within("cat", "/proc/1/comm")).isNotBlank();
        assertThat(bundle.command("ps")).contains(Long.toString(bundle.pid()));
        bundle.command("pause");
        assertThat(status(bundle)).isEqualTo("paused");
        bundle.command("resume");
      }
      bundle.kill();
      Wait.until("it has ended", () -> status(bundle).equals("stopped"));
      bundle.command("delete");
      assertThat(bundle.ask("list", "--quiet").trim()).isEmpty();
    }
  }

  /** All that engines ask of a runtime whose cgroups came back. */
  @Test
  void runcKnowsTheCgroupsOfARestoredContainer() throws IOException {
    try (Bundle bundle = Front.RUNC.bundle()) {
      bundle.limit("pids", Map.of("limit", 50L));
      bundle.run();
      bundle.checkpoint(Engine.TORPOR);
      bundle.restore(Engine.TORPOR);
      assertThat(bundle.cgroupFile("pids", "pids.max")).isEqualTo("50");
      bundle.command("update", "--pids-limit", "40");
      assertThat(bundle.cgroupFile("pids", "pids.max")).isEqualTo("40");
      assertThat(bundle.command("ps")).contains(Long.toString(bundle.pid()));
      assertThat(bundle.command("events", "--stats")).contains("\"pids\"");
      bundle.command("pause");
      assertThat(status(bundle)).isEqualTo("paused");
      bundle.command("resume");
      assertThat(status(bundle)).isEqualTo("running");
    }
  }

  /** Images of crun with CRIU are restored by crun with Torpor, and the other way round. */
  @ParameterizedTest
  @EnumSource(
      value = OciRuntime.class,
      names = {"CRUN", "TORPOR_OVER_CRUN"})
  void crunRestoresEachOthersContainers(OciRuntime dumper) throws IOException {
    try (Bundle bundle = Front.CRUN_WITH_CRIU.bundle()) {
      bundle.use(dumper);
      bundle.run();
      bundle.checkpoint(Engine.CRIU, WITHOUT_CGROUPS);
      bundle.use(dumper == OciRuntime.CRUN ? OciRuntime.TORPOR_OVER_CRUN : OciRuntime.CRUN);
      bundle.restore(Engine.CRIU);
    }
  }

  /** Under the name that config.json gives them, with the restored init's pid. */
  @Test
  void hooksAreRunAtARestoreOverCrun() throws IOException {
    try (Bundle bundle = Front.CRUN_WITHOUT_CRIU.bundle()) {
      Path told = bundle.file("told.json");
      bundle.runAt("createRuntime", "/bin/busybox", "tee", told.toString());
      bundle.run();
      bundle.checkpoint(Engine.TORPOR, WITHOUT_CGROUPS);
      Files.delete(told);
      bundle.restore(Engine.TORPOR);
      JsonNode state = JSON.readTree(told.toFile());
      assertThat(state.get("pid").asLong()).isEqualTo(bundle.pid());
      assertThat(state.get("status").asText()).isEqualTo("stopped");
    }
  }

  @Test
  void aHookThatFailsFailsTheRestoreOverCrun() throws IOException {
    try (Bundle bundle = Front.CRUN_WITHOUT_CRIU.bundle()) {
      bundle.run();
      bundle.checkpoint(Engine.TORPOR, WITHOUT_CGROUPS);
      bundle.runAt("createRuntime", "/bin/busybox", "false");
      assertThat(bundle.failToRestore(Engine.TORPOR)).contains("hook /bin/busybox exited with 1");
      assertThat(bundle.ask("list", "--quiet").trim()).isEmpty();
    }
  }

  /** The message that engines show, and the container goes on. */
  @ParameterizedTest
  @EnumSource(names = {"RUNC", "CRUN_WITHOUT_CRIU"})
  void theCauseOfAFailureReachesTheCaller(Front front) throws IOException {
    try (Bundle bundle = front.bundle()) {
      bundle.run();
      Files.writeString(bundle.engineConfiguration(), "no-such-option\n");
      String[] logged = bundle.failToCheckpoint().split("\n", -1);
      JsonNode last = JSON.readTree(logged[logged.length - 2]);
      assertThat(last.get("level").asText()).isEqualTo("error");
      assertThat(last.get("msg").asText()).contains("no-such-option", "criu.conf line 1");
      // containerd shows no other line.
      assertThat(Files.readAllLines(bundle.file("failed")).get(0)).contains("no-such-option");
      assertThat(status(bundle)).isEqualTo("running");
    }
  }

  /** As Podman asks before it checkpoints or restores. */
  @ParameterizedTest
  @EnumSource
  void answersWhatEnginesAsk(Front front) throws IOException {
    try (Bundle bundle = front.bundle()) {
      assertThat(bundle.ask("checkpoint", "--help")).contains("--image-path");
      JsonNode features = JSON.readTree(bundle.ask("features"));
      assertThat(features.get("ociVersionMax").asText()).startsWith("1.");
      assertThat(features.at("/annotations/org.opencontainers.runc.checkpoint.enabled").asText())
          .isEqualTo("true");
    }
  }

  private static String status(Bundle bundle) {
    try {
      return bundle.state().get("status").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
