// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.net.URI;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens inside of the namespace, there is an answer. */
@Timeout(30)
class CgroupNamespacesKernelTest {
  @TempDir Path directory;

  @BeforeAll
  static void needsRoot() {
    assumeTrue(
        Files.isWritable(Path.of("/proc/1/oom_score_adj")), "entering namespaces takes root");
  }

  @Test
  void textIsWhatItSays() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "0::/\n");

    assertThat(read(file)).isEqualTo("0::/\n");
  }

  @Test
  void fileIsMissing() {
    assertThatThrownBy(() -> read(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void taskIsGone() {
    assertThatThrownBy(() -> new CgroupNamespaces().readInside(1 << 22, directory))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("enter cgroup namespace of task");
  }

  @Test
  void failureIsNoIoException() throws IOException {
    URI archive = URI.create("jar:" + directory.resolve("archive.zip").toUri());
    FileSystem files = FileSystems.newFileSystem(archive, Map.of("create", "true"));
    Path file = Files.writeString(files.getPath("/file"), "");
    files.close();

    assertThatThrownBy(() -> read(file)).isInstanceOf(ClosedFileSystemException.class);
  }

  private static String read(Path file) throws IOException {
    return new CgroupNamespaces().readInside(Unistd.getpid(), file);
  }
}
