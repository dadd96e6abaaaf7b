// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of this machine, below an overlay: what is installed there is gone at the end, and what
 * was changed can be listed.
 */
final class FreshMachine implements AutoCloseable {
  private final Keeper keeper = new Keeper();
  private final Path directory;
  private final long holder;

  FreshMachine() throws IOException {
    directory = Files.createTempDirectory("torpor-fresh");
    holder =
        keeper.start(
            Path.of("/"),
            Path.of("/dev/null"),
            List.of(
                "/usr/bin/unshare",
                "--mount",
                "--propagation",
                "private",
                Settings.source("scripts/overlaid.sh").toString(),
                directory.toString()));
    Wait.until("an overlay is mounted", () -> Files.isDirectory(here("ready")));
  }

  /** A path below the directory as the holder sees it. */
  private Path here(String path) {
    return Path.of("/proc/" + holder + "/root" + directory).resolve(path);
  }

  /** A file of that machine. */
  Path file(String path) {
    return here("root" + path);
  }

  /** Runs a script, which has to succeed. */
  String run(String script) {
    PodmanStore.Outcome result =
        PodmanStore.run(
            "/usr/bin/nsenter",
            "--target",
            Long.toString(holder),
            "--mount",
            "/usr/sbin/chroot",
            directory.resolve("root").toString(),
            "/bin/bash",
            "-euc",
            "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; " + script);
    assertThat(result.exitCode()).as("%s%n%s", script, result.output()).isZero();
    return result.output();
  }

  /** What is other than on the machine below, removed files too; directories do not count. */
  List<String> changed() {
    Path upper = here("upper");
    try (Stream<Path> files = Files.walk(upper)) {
      return files
          .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
          .map(file -> "/" + upper.relativize(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    keeper.close();
    try {
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
