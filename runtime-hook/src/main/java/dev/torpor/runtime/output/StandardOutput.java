// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.output;

import dev.torpor.linux.Poll;
import dev.torpor.linux.Signal;
import java.io.IOException;
import java.io.PrintStream;

/** How a command ends that prints what was asked for. */
public final class StandardOutput {
  private static final int OK = 0;
  private static final int FD = 1;

  /** What a shell shows of a program that a signal has ended, less the signal. */
  private static final int SIGNALED = 128;

  private StandardOutput() {}

  /**
   * Ends the output. A PrintStream keeps its failures to itself: a full disk must not look like
   * success. A reader that has gone, as {@code head} does, has what it wanted: others are ended by
   * SIGPIPE then, which a JVM ignores.
   *
   * @param out standard output
   * @return exit status
   * @throws IOException if it cannot be written although somebody reads
   */
  public static int finish(PrintStream out) throws IOException {
    if (!out.checkError()) {
      return OK;
    }
    if ((Poll.poll(FD, 0, 0) & Poll.POLLERR) != 0) {
      return SIGNALED + Signal.SIGPIPE;
    }
    throw new IOException("standard output cannot be written: make room or choose another place");
  }
}
