// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static dev.torpor.linux.Fcntl.O_WRONLY;

import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;

/** Writing one value to a file in /proc from inside a task. */
final class ProcWrite {
  private ProcWrite() {}

  /**
   * Appends open, write and close.
   *
   * @param procFd descriptor of /proc
   * @param required whether the program ends if it cannot be done
   */
  static void append(
      String purpose, int procFd, String file, String value, boolean required, Program program) {
    Op open =
        program.call(purpose, Nr.SYS_openat).arg(procFd).arg(program.string(file)).arg(O_WRONLY);
    Op write =
        program
            .call(purpose, Nr.SYS_write)
            .arg(open)
            .arg(program.string(value))
            .arg(value.length())
            .expect(value.length());
    Op close = program.call(purpose, Nr.SYS_close).arg(open);
    if (!required) {
      open.expectAnything();
      write.warnIfItFails();
      close.expectAnything();
    }
  }
}
