// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.TorporException;
import dev.torpor.linux.Errno;

/** A call of a {@link Program} failed: what it was for, and the error. */
public final class RemoteCallException extends TorporException {
  /**
   * A result that is no success.
   *
   * @param purpose what the call was for
   * @param result what it gave; an error is the negated error number
   */
  public RemoteCallException(String purpose, long result) {
    super(
        result == 0 ? purpose : purpose + ": " + describe(result),
        isError(result) ? (int) -result : 0,
        null);
  }

  private static String describe(long result) {
    return isError(result) ? Errno.describe((int) -result) : "gave " + result;
  }

  private static boolean isError(long result) {
    return result < 0 && result >= -4095;
  }
}
