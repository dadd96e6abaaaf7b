// SPDX-License-Identifier: Apache-2.0
package dev.torpor.error;

/** A dump could not be done; the target runs on as before. */
public final class DumpException extends TorporException {
  /** Without an error number. */
  public DumpException(String message) {
    super(message, 0, null);
  }

  /** With what caused it. */
  public DumpException(String message, Throwable cause) {
    super(message, 0, cause);
  }

  /** With the error number that callers of the RPC look at (ESRCH, EEXIST, EBADRQC ...). */
  public DumpException(String message, int errno, Throwable cause) {
    super(message, errno, cause);
  }
}
