// SPDX-License-Identifier: Apache-2.0
package dev.torpor.error;

/** A restore could not be done; nothing of it is left. */
public final class RestoreException extends TorporException {
  /** Without an error number. */
  public RestoreException(String message) {
    super(message, 0, null);
  }

  /** With what caused it. */
  public RestoreException(String message, Throwable cause) {
    super(message, 0, cause);
  }

  /** With the error number that callers of the RPC look at (ESRCH, EEXIST, EBADRQC ...). */
  public RestoreException(String message, int errno, Throwable cause) {
    super(message, errno, cause);
  }
}
