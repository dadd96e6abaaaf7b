// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A process linked with the C library that waits for input. A shell is its parent: this JVM takes a
 * stop of a child that it traces for the child's end.
 */
final class Cat implements AutoCloseable {
  private final Process shell;
  private final int pid;

  private Cat(Process shell, int pid) {
    this.shell = shell;
    this.pid = pid;
  }

  /** Starts it and waits until it reads. */
  static Cat start() throws IOException {
    Process shell = new ProcessBuilder("sh", "-c", "cat; :").start();
    shell.getOutputStream().write('\n');
    shell.getOutputStream().flush();
    if (shell.getInputStream().read() != '\n') {
      shell.destroyForcibly();
      throw new IOException("cat does not answer");
    }
    return new Cat(shell, (int) shell.children().findFirst().orElseThrow().pid());
  }

  int pid() {
    return pid;
  }

  List<Mapping> mappings() {
    return SmapsParser.read(new ProcFs(Path.of("/proc")).path(pid(), "smaps"));
  }

  byte[] read(long address, int lengthBytes) {
    try (NativeMemory bytes = NativeMemory.allocate(lengthBytes)) {
      ProcessVm.read(pid(), address, bytes, lengthBytes);
      return bytes.getBytes(0, lengthBytes);
    }
  }

  void write(long address, byte[] content) {
    try (NativeMemory bytes = NativeMemory.of(content)) {
      ProcessVm.write(pid(), address, bytes, content.length);
    }
  }

  @Override
  public void close() throws InterruptedException {
    Signal.kill(pid, Signal.SIGKILL);
    try {
      Wait.wait4(pid, Wait.__WALL);
    } catch (ErrnoException e) {
      // Nobody traces it: the shell waits for it.
    }
    shell.waitFor();
  }
}
