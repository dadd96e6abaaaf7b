// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.io.IOException;
import java.io.InputStream;

/** The launcher, built from src/main/c/launcher: a static program that needs no other file. */
public final class LauncherFile {
  private LauncherFile() {}

  /**
   * Opens it as a file without a name, of which nothing stays when its descriptors are closed.
   *
   * @return a descriptor, close-on-exec, that can be executed through /proc
   * @throws ErrnoException EACCES if sysctl vm.memfd_noexec is 2
   * @throws IOException if it cannot be read from the jar
   */
  public static int open() throws IOException {
    byte[] program = read();
    int fd = Memfd.memfdCreate("torpor", Memfd.MFD_CLOEXEC | Memfd.MFD_EXEC);
    try (NativeMemory content = NativeMemory.allocate(program.length)) {
      Unistd.writeAll(fd, content.putBytes(0, program));
      // The kernel executes no file that is open for writing.
      return Fcntl.open("/proc/self/fd/" + fd, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    } finally {
      Unistd.close(fd);
    }
  }

  private static byte[] read() throws IOException {
    try (InputStream resource = LauncherFile.class.getResourceAsStream("torpor-launcher")) {
      return resource.readAllBytes();
    }
  }
}
