// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Namespaces that are there before a restore, kept by a process that only sleeps in them. */
final class Holder implements AutoCloseable {
  private final Keeper keeper = new Keeper();

  /** The init of the pid namespace. */
  final long pid;

  Holder() {
    long unshare =
        keeper.start(
            Path.of("/"),
            Path.of("/dev/null"),
            List.of(
                "/usr/bin/unshare",
                "--net",
                "--ipc",
                "--uts",
                "--pid",
                "--fork",
                "--kill-child",
                "/bin/sh",
                "-c",
                // An init that takes the end of those it adopts.
                "sleep 600 & wait"));
    Wait.until(
        "the holder waits",
        () ->
            ProcessTree.childrenOf(unshare).stream()
                .anyMatch(child -> !ProcessTree.childrenOf(child).isEmpty()));
    pid = ProcessTree.childrenOf(unshare).get(0);
  }

  String path(String kind) {
    return "/proc/" + pid + "/ns/" + kind;
  }

  /** Which namespace of this kind a process lives in, such as {@code net:[4026531840]}. */
  static String namespaceOf(long pid, String kind) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + kind)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code net[4026531840]}, as options name it. */
  String option(String kind) {
    return namespaceOf(pid, kind).replace(":", "");
  }

  @Override
  public void close() {
    keeper.close();
  }
}
