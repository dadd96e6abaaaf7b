// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.linux.KernelString;
import dev.torpor.oci.ContainerState;
import dev.torpor.oci.OciException;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import dev.torpor.proc.Words;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The containers that our hooks have seen start, as the launcher writes them down ({@code
 * registry.c}): a directory {@code ID.PID.START} for each. Those whose process has ended are passed
 * by; the next hook removes them.
 */
final class Registry {
  /** Where it is; root's own. */
  static final Path DIRECTORY = Path.of("/run/torpor/containers");

  private static final char END = 0;
  private static final String[] NONE = {};
  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
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

  /** Whether the container of a process is there already. */
  boolean knows(int pid) {
    String[] names = directory.toFile().list();
    String end = suffix(pid);
    for (String name : names == null ? NONE : names) {
      if (name.endsWith(end)) {
        return true;
      }
    }
    return false;
  }

  /** Enters one, as the launcher does: at once, or not at all. */
  void add(ContainerState state, List<String> runtime, List<String> monitor) throws IOException {
    Files.createDirectories(directory, OWN);
    int self = (int) ProcessHandle.current().pid();
    Path unfinished = directory.resolve(".new" + suffix(self));
    Files.createDirectory(unfinished, OWN);
    Files.write(unfinished.resolve(STATE), state.toJson());
    write(unfinished.resolve(RUNTIME), runtime);
    write(unfinished.resolve(MONITOR), monitor);
    Files.move(
        unfinished,
        directory.resolve(state.id() + suffix(state.pid())),
        StandardCopyOption.ATOMIC_MOVE);
  }

  private String suffix(int pid) {
    return "." + pid + '.' + proc.stat(pid, pid).startTimeTicks();
  }

  private static void write(Path file, List<String> command) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String word : command) {
      bytes.writeBytes(KernelString.encode(word));
      bytes.write(END);
    }
    Files.write(file, bytes.toByteArray());
  }

  private static List<String> command(Path file) throws IOException {
    return words(KernelString.decode(Files.readAllBytes(file)));
  }

  /** Splits what is in the form of /proc/PID/cmdline: each word has a NUL at its end. */
  static List<String> words(String command) {
    return command.isEmpty()
        ? List.of()
        : Words.split(command.substring(0, command.length() - 1), END);
  }
}
