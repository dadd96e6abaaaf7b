// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.error.TorporException;
import dev.torpor.inject.RemoteCallException;
import dev.torpor.proc.ProcException;
import dev.torpor.runtime.option.OptionException;

/** What is said of anything that was thrown: one line, what and why, never a stack trace. */
public final class Failure {
  private Failure() {}

  /** Whether it is one that says itself what is wrong and what to do. */
  static boolean isExpected(Throwable failure) {
    return failure instanceof TorporException
        || failure instanceof OptionException
        || failure instanceof ProcException
        || failure instanceof RemoteCallException;
  }

  /** The line. */
  public static String line(Throwable failure) {
    if (isExpected(failure)) {
      return failure.getMessage();
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory or threads ("
          + failure.getMessage()
          + "): Torpor itself needs 400 MiB of address space, 100 MiB of data and 15 threads; raise"
          + " ulimit -v, ulimit -d or pids.max";
    }
    if (failure instanceof LinkageError) {
      return "a part of Torpor cannot be loaded ("
          + rootCause(failure)
          + "): install all of it again, or raise ulimit -n";
    }
    return "internal error: " + failure;
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
