// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerContainerTest {
  /** Shortened from what Docker 20.10 writes. */
  private static final String CONFIG =
      """
      {"StreamConfig":{},"State":{"Running":true,"Pid":4711},"ID":"c1","Path":"/bin/count",
       "Config":{"Hostname":"c1","Image":"localhost/counter:latest"},
       "Image":"sha256:44a2","Name":"/web","Driver":"overlay2"}
      """;

  @TempDir Path docker;
  private Path rootfs;
  private Path file;

  @BeforeEach
  void makeDirectories() throws IOException {
    rootfs = Files.createDirectories(docker.resolve("overlay2/layer/merged"));
    file = Files.createDirectories(docker.resolve("containers/c1")).resolve("config.v2.json");
  }

  @Test
  void nameAndImageAreWhatTheUserGave() throws IOException {
    Files.writeString(file, CONFIG);
    assertThat(DockerContainer.of("c1", rootfs))
        .isEqualTo(new DockerContainer("web", "localhost/counter:latest", "sha256:44a2"));
    assertThat(EngineName.of("c1", docker, rootfs)).isEqualTo("web");
  }

  @Test
  void containersOfOthersAreNone() throws IOException {
    Files.writeString(file, CONFIG);
    assertThat(DockerContainer.of("c2", rootfs)).isNull();
    assertThat(DockerContainer.of("c1", Path.of("/"))).isNull();
  }

  @Test
  void fileWithoutANameIsRefused() throws IOException {
    Files.writeString(file, CONFIG.replace("\"/web\"", "null"));
    assertThatThrownBy(() -> DockerContainer.of("c1", rootfs))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("config.v2.json: has no name");
  }
}
