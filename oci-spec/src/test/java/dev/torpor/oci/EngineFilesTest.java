// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineFilesTest {
  /** Shortened from what Podman 4.3 writes. */
  private static final String CONFIG =
      """
      {"ociVersion":"1.0.2-dev","process":{"terminal":false,"user":{"uid":0,"gid":0,"umask":18},
       "args":["redis-server"],"env":["PATH=/bin"],"cwd":"/","capabilities":{"bounding":["CAP_KILL"]},
       "rlimits":[{"type":"RLIMIT_NOFILE","hard":20000,"soft":20000}],"oomScoreAdj":null},
       "root":{"path":"rootfs","x-new":1.10},"hostname":"redis",
       "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
        {"destination":"/etc/hosts","type":"bind","source":"/run/hosts","options":["bind"],
         "uidMappings":[{"containerID":0,"hostID":1000,"size":18446744073709551615}]}],
       "annotations":{"org.criu.config":"/etc/criu/x.conf"},
       "linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/n"}],
        "cgroupsPath":"/machine/x","maskedPaths":["/proc/kcore"],"resources":{"pids":{"limit":5}}},
       "hooks":{"prestart":[]}}
      """;

  @TempDir Path directory;

  private static void assertSameJson(byte[] written, String read) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    // Compared as trees: the order of fields is not kept.
    assertThat(mapper.readTree(written)).isEqualTo(mapper.readTree(read));
  }

  @Test
  void aBundleIsReadAndEveryFieldKept() throws IOException {
    Files.writeString(directory.resolve("config.json"), CONFIG);
    Bundle bundle = Bundle.open(directory);
    RuntimeSpec spec = bundle.spec();
    assertThat(bundle.rootfs()).isEqualTo(directory.resolve("rootfs"));
    assertThat(spec.annotation(Bundle.CRIU_CONFIG_ANNOTATION)).isEqualTo("/etc/criu/x.conf");
    assertThat(spec.namespace("network").path()).isEqualTo("/run/netns/n");
    assertThat(spec.namespace("ipc")).isNull();
    assertThat(spec.mounts().get(0).isBind()).isFalse();
    assertThat(spec.mounts().get(1).isBind()).isTrue();
    assertSameJson(spec.toJson(), CONFIG);
    assertThat(new String(spec.toJson(), StandardCharsets.UTF_8))
        .contains("\"oomScoreAdj\":null")
        .contains("18446744073709551615")
        .contains("1.10");
  }

  @Test
  void whatIsNoBundleIsRefused() throws IOException {
    Path config = directory.resolve("config.json");
    assertThatThrownBy(() -> Bundle.open(directory))
        .isInstanceOf(OciException.class)
        .hasMessageStartingWith(config.toString())
        .hasMessageContaining("is not there");
    Files.writeString(config, "{}");
    assertThatThrownBy(() -> Bundle.open(directory)).hasMessageContaining("has no ociVersion");
    Files.writeString(config, "{\"ociVersion\":\"1\",\n\"mounts\":7}");
    assertThatThrownBy(() -> Bundle.open(directory)).hasMessageContaining("line 2");
    Files.writeString(config, "{\"ociVersion\":\"1\"} {}");
    assertThatThrownBy(() -> Bundle.open(directory)).hasMessageContaining("unexpected JSON");
    Files.writeString(config, "{\"ociVersion\":\"1\",\"ociVersion\":\"2\"}");
    assertThatThrownBy(() -> Bundle.open(directory)).hasMessageContaining("unexpected JSON");
    Files.writeString(config, "null");
    assertThatThrownBy(() -> Bundle.open(directory)).hasMessageContaining("null");
    Files.writeString(config, "{\"ociVersion\":\"1\"}");
    assertThatThrownBy(() -> Bundle.open(directory).rootfs()).hasMessageContaining("root.path");
  }

  @Test
  void aState() throws IOException {
    String json =
        "{\"ociVersion\":\"1.0.2\",\"id\":\"c1\",\"status\":\"running\",\"pid\":42,\"bundle\":\"/b\","
            + "\"rootfs\":\"/b/rootfs\",\"owner\":\"\"}";
    ContainerState state = ContainerState.parse("state", json.getBytes(StandardCharsets.UTF_8));
    assertThat(state.pid()).isEqualTo(42);
    assertThat(state.other()).containsEntry("rootfs", "/b/rootfs");
    assertSameJson(state.toJson(), json);
    assertThatThrownBy(() -> ContainerState.parse("state", "{}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("lacks id");
  }

  @Test
  void descriptors() throws IOException {
    Path file = directory.resolve(Descriptors.FILE_NAME);
    Files.writeString(file, "[\"/dev/null\",\"pipe:[54321]\",\"pipe:[54322]\"]");
    Descriptors descriptors = Descriptors.read(file);
    assertThat(descriptors.isPipe(0)).isFalse();
    assertThat(descriptors.isPipe(2)).isTrue();
    assertSameJson(descriptors.toJson(), Files.readString(file));
    Files.writeString(file, "[\"/dev/null\"]");
    assertThatThrownBy(() -> Descriptors.read(file)).hasMessageContaining("1 entries instead of 3");
  }

  @Test
  void features() throws IOException {
    String json =
        "{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.2.0\",\"hooks\":[\"prestart\"],"
            + "\"annotations\":{\"org.opencontainers.runc.checkpoint.enabled\":\"true\"}}";
    RuntimeFeatures features =
        RuntimeFeatures.parse("runc features", json.getBytes(StandardCharsets.UTF_8));
    assertThat(features.checkpointEnabled()).isTrue();
    assertSameJson(features.toJson(), json);
    byte[] without = "{\"ociVersionMax\":\"1.2.0\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(RuntimeFeatures.parse("crun features", without).checkpointEnabled()).isFalse();
  }
}
