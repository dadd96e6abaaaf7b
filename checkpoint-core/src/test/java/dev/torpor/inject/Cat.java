// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A process linked with the C library that waits for input. */
final class Cat implements AutoCloseable {
  private final Process process;

  private Cat(Process process) {
    this.process = process;
  }

  /** Starts it and waits until it reads. */
  static Cat start() throws IOException {
    Process process = new ProcessBuilder("cat").start();
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    if (process.getInputStream().read() != '\n') {
      process.destroyForcibly();
      throw new IOException("cat does not answer");
    }
    return new Cat(process);
  }

  int pid() {
    return (int) process.pid();
  }

  List<Mapping> mappings() {
    return SmapsParser.parse("smaps", new ProcFs(Path.of("/proc")).text(pid(), "smaps"));
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
    process.destroyForcibly().waitFor();
  }
}
