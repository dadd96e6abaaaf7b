// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a checkpoint or a restore may leave on the host: mounts, control groups, network links. */
record Machine(List<String> mounts, List<String> cgroups, List<String> links) {

  static Machine now() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return new Machine(
          mounts.toList(),
          paths(Path.of("/sys/fs/cgroup"), 5),
          paths(Path.of("/sys/class/net"), 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether nothing is there that was not there before, and no mount of the host's is missing. */
  void assertUnchanged() {
    assertSameAs(now());
  }

  /** The same without the mounts whose line in mountinfo has this text. */
  Machine without(String mount) {
    return new Machine(
        mounts.stream().filter(line -> !line.contains(mount)).toList(), cgroups, links);
  }

  /** Like {@link #assertUnchanged}, with a later look. */
  void assertSameAs(Machine now) {
    assertThat(now.mounts).as("mounts").containsExactlyElementsOf(mounts);
    assertThat(now.cgroups).as("control groups").isSubsetOf(cgroups);
    assertThat(now.links).as("network links").isSubsetOf(links);
  }

  private static List<String> paths(Path top, int depth) throws IOException {
    try (Stream<Path> paths = Files.walk(top, depth)) {
      return paths.filter(path -> Files.isDirectory(path)).map(Path::toString).sorted().toList();
    }
  }
}
