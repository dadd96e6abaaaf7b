// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A Python program in a session of its own that opens files, says so, and sleeps. Gone with all its
 * descendants at close.
 */
final class Child implements AutoCloseable {
  private final Process process;
  private final long pid;

  private Child(Process process, long pid) {
    this.process = process;
    this.pid = pid;
  }

  /**
   * Starts it in a directory and waits until it has run {@code program}.
   *
   * @param program its lines run with {@code os, sys, fcntl, select, socket, time} imported; it
   *     ends with a call of {@code ready()}, which does not return
   */
  static Child start(Path directory, String program) throws IOException {
    Path script = directory.resolve("program.py");
    Path out = directory.resolve("ready");
    Files.writeString(
        script,
        "import os, sys, fcntl, select, socket, time\n"
            + "def ready():\n"
            + "  p = os.open('ready.new', os.O_WRONLY | os.O_CREAT)\n"
            + "  os.write(p, str(os.getpid()).encode()); os.close(p)\n"
            + "  os.rename('ready.new', 'ready')\n"
            + "  time.sleep(1000)\n"
            // Descriptors that the JVM of the test leaks to its children are not part of it.
            + "os.closerange(3, 1024)\n"
            + program);
    Process process =
        new ProcessBuilder("setsid", "-w", "/usr/bin/python3", "-S", script.toString())
            .directory(directory.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(directory.resolve("out").toFile())
            .redirectErrorStream(true)
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(out)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("program failed: " + Files.readString(directory.resolve("out")));
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
    return new Child(process, Long.parseLong(Files.readString(out)));
  }

  int pid() {
    return (int) pid;
  }

  /** Runs a command to its end and gives what it printed. */
  static String run(Path directory, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      StringBuilder text = new StringBuilder();
      String line;
      while ((line = reader.readLine()) != null) {
        text.append(line).append('\n');
      }
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + text);
      }
      return text.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    ProcessHandle.of(pid)
        .ifPresent(
            handle -> {
              handle.descendants().forEach(ProcessHandle::destroyForcibly);
              handle.destroyForcibly();
            });
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
