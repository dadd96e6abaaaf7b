// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.linux.KernelString;
import dev.torpor.oci.ContainerState;
import dev.torpor.oci.OciException;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The containers that our hooks have seen start, as the launcher writes them down ({@code
 * registry.c}): a directory {@code ID.PID.START} for each. Those whose process has ended are passed
 * by; the next hook removes them.
 */
final class Registry {
  /** Where it is; root's own. */
  static final Path DIRECTORY = Path.of("/run/torpor/containers");

  private static final String STATE = "state";
  private static final String RUNTIME = "runtime";
  private static final String MONITOR = "monitor";

  private final Path directory;
  private final ProcFs proc;

  Registry(Path directory, ProcFs proc) {
    this.directory = directory;
    this.proc = proc;
  }

  /**
   * Containers that live, in the order of their ids.
   *
   * @throws OciException if an entry is not what a hook writes
   */
  List<LiveContainer> live() throws IOException {
    List<LiveContainer> live = new ArrayList<>();
    String[] names = directory.toFile().list();
    if (names == null) {
      return live;
    }
    Arrays.sort(names);
    for (String name : names) {
      int start = name.lastIndexOf('.');
      int pid = name.lastIndexOf('.', start - 1);
      // One that begins with a dot is being written.
      if (pid > 0
          && isAlive(
              Integer.parseInt(name, pid + 1, start, 10),
              Long.parseLong(name, start + 1, name.length(), 10))) {
        add(directory.resolve(name), Long.parseLong(name.substring(start + 1)), live);
      }
    }
    return live;
  }

  private boolean isAlive(int pid, long startTimeTicks) {
    try {
      TaskStat stat = proc.stat(pid, pid);
      return stat.startTimeTicks() == startTimeTicks && stat.state() != 'Z' && stat.state() != 'X';
    } catch (ProcException e) {
      return false;
    }
  }

  private static void add(Path entry, long startTimeTicks, List<LiveContainer> live)
      throws IOException {
    try {
      byte[] state = Files.readAllBytes(entry.resolve(STATE));
      live.add(
          LiveContainer.of(
              ContainerState.parse(entry.resolve(STATE).toString(), state),
              startTimeTicks,
              command(entry.resolve(RUNTIME)),
              command(entry.resolve(MONITOR))));
    } catch (NoSuchFileException e) {
      // It ended meanwhile, and a hook removed the entry.
    }
  }

  /** A file in the form of /proc/PID/cmdline. */
  private static List<String> command(Path file) throws IOException {
    String text = KernelString.decode(Files.readAllBytes(file));
    // Each word has a NUL at its end.
    return text.isEmpty() ? List.of() : Words.split(text.substring(0, text.length() - 1), (char) 0);
  }
}
