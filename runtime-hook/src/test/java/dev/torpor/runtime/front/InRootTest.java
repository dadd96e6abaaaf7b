// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InRootTest {
  @TempDir Path root;

  /** As in images of Debian, below which Kubernetes mounts its secrets. */
  @Test
  void linksAreFollowedFromTheRoot() throws IOException {
    Files.createDirectory(root.resolve("var"));
    Files.createSymbolicLink(root.resolve("var/run"), Path.of("/run"));
    assertThat(InRoot.resolve(root, "/var/run/secrets/token")).isEqualTo("/run/secrets/token");
  }

  @Test
  void nothingLeadsOutOfIt() throws IOException {
    Files.createSymbolicLink(root.resolve("up"), Path.of("../../../etc"));
    assertThat(InRoot.resolve(root, "/up/passwd")).isEqualTo("/etc/passwd");
    assertThat(InRoot.resolve(root, "//a/./b/../c/")).isEqualTo("/a/c");
  }

  @Test
  void aCircleEnds() throws IOException {
    Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(root.resolve("b"), Path.of("a"));
    assertThatThrownBy(() -> InRoot.resolve(root, "/a")).hasMessageContaining("symbolic links");
  }
}
