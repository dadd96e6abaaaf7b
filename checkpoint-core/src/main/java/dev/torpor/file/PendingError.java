// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Poll;
import dev.torpor.proc.KernelMemory;

/**
 * An error of a socket that its program has not been told yet. SO_ERROR would tell it, and so would
 * a look at what waits (MSG_PEEK); but both take it away from the program, which may go on: by a
 * dump that leaves it running, or that fails.
 */
final class PendingError {
  private PendingError() {}

  /** Whether there is one, or, of a socket of the internet, something in its queue of errors. */
  static boolean waits(Descriptor descriptor) {
    return (Poll.poll(descriptor.borrowed(), 0, 0) & Poll.POLLERR) != 0;
  }

  /** Which it is: errno; 0 if there is none, whatever is in a queue of errors; -1 if none tells. */
  static int of(Descriptor descriptor) {
    try (KernelFile file = KernelFile.find(descriptor.borrowed())) {
      if (file == null) {
        return -1;
      }
      KernelMemory memory = file.memory();
      long sock = memory.pointer(file.privateData(), "socket", "sk");
      return (int) memory.number(sock, "sock", "sk_err");
    }
  }

  /** Whether a look at what waits would take an error; so it is, too, where nobody tells. */
  static boolean wouldBeTaken(Descriptor descriptor) {
    return waits(descriptor) && of(descriptor) != 0;
  }

  /** Says that a restored socket has none. */
  static void warnIfLost(Descriptor descriptor, FileCapture capture) {
    if (waits(descriptor)) {
      capture.warn(
          descriptor.subject()
              + ": an error that the program has not asked for (SO_ERROR, MSG_ERRQUEUE) is lost");
    }
  }
}
