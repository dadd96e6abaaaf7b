// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Syscall;
import java.util.Arrays;

/** A system call of a dump that looks at an object of System V IPC. */
final class SysvCall {
  private SysvCall() {}

  /**
   * Makes one.
   *
   * @param subject what is looked at
   * @throws DumpException if it fails
   */
  static long call(String subject, String name, int nr, long... arguments) {
    long[] all = Arrays.copyOf(arguments, 6);
    long result = Syscall.raw(nr, all[0], all[1], all[2], all[3], all[4], all[5]);
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, name, arguments);
      throw new DumpException("looking at " + subject + ": " + cause.getMessage(), cause);
    }
    return result;
  }
}
