// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Python program in a session and a pid namespace of its own, where it is process 1 and its
 * children are 2, 3 ... It opens files, says so, and sleeps. Gone with all its descendants at
 * close.
 */
final class Child implements AutoCloseable {
  private final Process process;
  private final List<Integer> pids;

  private Child(Process process, List<Integer> pids) {
    this.process = process;
    this.pids = pids;
  }

  /**
   * Starts it in a directory and waits until it has run {@code program}.
   *
   * @param program its lines run with {@code os, sys, fcntl, select, socket, termios, time}
   *     imported; it ends with a call of {@code ready(number of children)}, which does not return;
   *     its children end with one of {@code forked()}
   */
  static Child start(Path directory, String program) throws IOException {
    return start(directory, program, "unshare", "--pid", "--fork", "--kill-child", "setsid");
  }

  /** The same in the pid namespace of the test. */
  static Child startBeside(Path directory, String program) throws IOException {
    return start(directory, program, "setsid", "--wait");
  }

  private static Child start(Path directory, String program, String... starter) throws IOException {
    Path script = directory.resolve("program.py");
    Path out = directory.resolve("ready");
    Files.writeString(
        script,
        "import os, sys, fcntl, select, socket, termios, time\n"
            + "here = os.getcwd()\n"
            + "def forked():\n"
            + "  p = os.open(here + '/pids', os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
            + "  os.write(p, (os.readlink('/proc/self') + chr(10)).encode()); os.close(p)\n"
            + "  time.sleep(1000)\n"
            + "def ready(children=0):\n"
            + "  pids = []\n"
            + "  while len(pids) < children:\n"
            + "    try:\n"
            + "      with open(here + '/pids') as f: pids = sorted(f.read().split(), key=int)\n"
            + "    except FileNotFoundError: pass\n"
            + "  p = os.open(here + '/ready.new', os.O_WRONLY | os.O_CREAT)\n"
            + "  os.write(p, ' '.join([os.readlink('/proc/self')] + pids).encode()); os.close(p)\n"
            + "  os.rename(here + '/ready.new', here + '/ready')\n"
            + "  time.sleep(1000)\n"
            // Descriptors that the JVM of the test leaks to its children are not part of it.
            + "os.closerange(3, 1024)\n"
            + program);
    List<String> command = new ArrayList<>(List.of(starter));
    command.addAll(List.of("/usr/bin/python3", "-S", script.toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(directory.resolve("out").toFile())
            .redirectErrorStream(true)
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(out)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        Path failed = directory.resolve("failed");
        throw new IOException(
            "program failed: "
                + Files.readString(directory.resolve("out"))
                + (Files.exists(failed) ? Files.readString(failed) : ""));
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
    List<Integer> pids = new ArrayList<>();
    for (String pid : Files.readString(out).trim().split(" ")) {
      pids.add(Integer.parseInt(pid));
    }
    return new Child(process, pids);
  }

  int pid() {
    return pids.get(0);
  }

  /** All its processes, its own first. */
  int[] pids() {
    return pids.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public void close() {
    // The first of a pid namespace takes the others with it, and unshare takes the first.
    process.destroyForcibly();
    pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    try {
      process.waitFor();
      for (int pid : pids) {
        // A zombie that nobody reaps is as good as gone.
        ProcessHandle.of(pid)
            .ifPresent(
                handle -> handle.onExit().completeOnTimeout(null, 2, TimeUnit.SECONDS).join());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
