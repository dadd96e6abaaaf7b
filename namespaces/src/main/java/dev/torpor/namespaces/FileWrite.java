// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import java.nio.charset.StandardCharsets;

/** Writing a value to a file of the kernel from inside a task. */
final class FileWrite {
  private FileWrite() {}

  /**
   * Appends open, write and close.
   *
   * @param directory descriptor that a relative path begins at
   * @return the write, which must take all of the value unless the caller says otherwise
   */
  static Op append(Program program, String purpose, int directory, String path, String value) {
    Op fd =
        program
            .call(purpose + ": opening it", Nr.SYS_openat)
            .arg(directory)
            .arg(program.string(path))
            .arg(Fcntl.O_WRONLY | Fcntl.O_CLOEXEC);
    byte[] text = value.getBytes(StandardCharsets.US_ASCII);
    Op write =
        program
            .call(purpose, Nr.SYS_write)
            .arg(fd)
            .arg(program.bytes(text))
            .arg(text.length)
            .expect(text.length);
    program.call(purpose + ": closing it", Nr.SYS_close).arg(fd);
    return write;
  }
}
