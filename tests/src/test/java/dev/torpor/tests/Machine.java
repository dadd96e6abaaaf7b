// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a checkpoint or a restore may leave on the host: mounts, control groups, network links. Only
 * what these tests could have touched counts, as other programs make and remove their own
 * meanwhile: what bears a name that a test gave, and the mounts of the system.
 */
record Machine(List<String> mounts, List<String> cgroups, List<String> links) {
  private static final Path LINKS = Path.of("/sys/class/net");
  private static final Set<String> OWN_NAMES = ConcurrentHashMap.newKeySet();

  /** Where a container's own mounts would appear if they reached the host. */
  private static final List<String> SYSTEM = List.of("/proc", "/sys", "/dev", "/etc", "/mnt");

  /** A directory, control group or bridge of a test; what is below it is the test's too. */
  static String own(String name) {
    OWN_NAMES.add(name);
    return name;
  }

  static Machine now() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return new Machine(mounts.toList(), presentCgroups(), presentLinks());
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
    assertThat(those(now.mounts, Machine::isTouchedMount))
        .as("mounts")
        .containsExactlyElementsOf(those(mounts, Machine::isTouchedMount));
    assertThat(those(now.cgroups, Machine::isOwn)).as("control groups").isSubsetOf(cgroups);
    assertThat(those(now.links, Machine::isOwn)).as("network links").isSubsetOf(links);
  }

  private static List<String> those(List<String> all, Predicate<String> touched) {
    return all.stream().filter(touched).toList();
  }

  private static boolean isTouchedMount(String line) {
    String mountPoint = line.split(" ", 6)[4];
    return mountPoint.equals("/")
        || SYSTEM.stream().anyMatch(top -> (mountPoint + "/").startsWith(top + "/"))
        || OWN_NAMES.stream().anyMatch(line::contains);
  }

  private static boolean isOwn(String path) {
    return OWN_NAMES.stream().anyMatch(name -> (path + "/").contains("/" + name + "/"));
  }

  /** Each with its bridge before it: what a container has on the host is named by chance. */
  private static List<String> presentLinks() throws IOException {
    try (Stream<Path> links = Files.list(LINKS)) {
      return links.map(Machine::withBridge).sorted().toList();
    }
  }

  private static String withBridge(Path link) {
    try {
      Path bridge = Files.readSymbolicLink(link.resolve("master")).getFileName();
      return LINKS.resolve(bridge).resolve(link.getFileName()).toString();
    } catch (IOException e) {
      // It is in none, or went meanwhile.
      return link.toString();
    }
  }

  private static List<String> presentCgroups() throws IOException {
    List<String> cgroups = new ArrayList<>();
    Files.walkFileTree(
        Path.of("/sys/fs/cgroup"),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path cgroup, BasicFileAttributes attributes) {
            cgroups.add(cgroup.toString());
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException removedMeanwhile) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path cgroup, IOException removedMeanwhile) {
            return FileVisitResult.CONTINUE;
          }
        });
    return cgroups;
  }
}
