// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Commands of a runtime by {@code torpor-runtime}, which does checkpoint and restore itself. By a
 * link of the runtime's name it is told which.
 *
 * @param home where Torpor is
 * @param kind runc or crun
 * @param root of its state, null for its own
 */
record RuntimeCommand(Path home, String kind, Path root) {
  /**
   * Runs one. What it says goes where ours does.
   *
   * @param work for the link
   * @throws IOException if it fails
   */
  void run(Path work, List<String> words) throws IOException {
    try {
      List<String> command = new ArrayList<>(List.of(link(work).toString()));
      if (root != null) {
        command.addAll(List.of("--root", root.toString()));
      }
      command.addAll(words);
      int status =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IOException(kind + " " + words.get(0) + " failed: its message stands above");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The program: a link to ours, called as the runtime.
   *
   * @param work where it is made; it goes with that
   */
  Path link(Path work) throws IOException {
    Path link = work.resolve(kind);
    return Files.exists(link) ? link : Files.createSymbolicLink(link, home.resolve("bin/torpor"));
  }
}
