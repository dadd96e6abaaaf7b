// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrunStatusTest {
  /** Written by crun 1.8.1. */
  private static final String STATUS =
      """
      {
          "pid": 15858,
          "process-start-time": 136464,
          "cgroup-path": "/rt1",
          "scope": "",
          "rootfs": "rootfs",
          "systemd-cgroup": false,
          "bundle": "/bundle",
          "created": "2026-11-29T12:14:57.294421Z",
          "owner": "root",
          "detached": true,
          "external_descriptors": "[\\"/dev/null\\",\\"/dev/null\\",\\"pipe:[7]\\"]"
      }
      """;

  @TempDir Path directory;

  @Test
  void anotherInitTakesThePlace() throws IOException {
    CrunStatus status = read(STATUS);
    assertThat(status.root()).isEqualTo(Path.of("/bundle/rootfs"));
    assertThat(status.descriptors("status").isPipe(2)).isTrue();
    Descriptors descriptors = new Descriptors(List.of("/a", "/b", "pipe:[9]"));
    String changed = new String(status.of(5, 6, descriptors).toJson(), StandardCharsets.UTF_8);
    CrunStatus again = read(changed);
    assertThat(again.pid()).isEqualTo(5);
    assertThat(again.processStartTime()).isEqualTo(6);
    assertThat(again.descriptors("status")).isEqualTo(descriptors);
    assertThat(again.other()).isEqualTo(status.other()).containsKeys("created", "scope", "owner");
  }

  @Test
  void refusesWhatIsNoStatus() {
    assertThatThrownBy(() -> read("{\"pid\": 1}")).hasMessageContaining("no status of crun");
  }

  private CrunStatus read(String json) throws IOException {
    return CrunStatus.read(Files.writeString(directory.resolve("status"), json));
  }
}
