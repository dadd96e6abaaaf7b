// SPDX-License-Identifier: Apache-2.0
package dev.torpor.error;

/**
 * What went wrong, in one line that a person can act on: object, operation, cause, way out. Lower
 * case, no full stop, no line break.
 */
public abstract class TorporException extends RuntimeException {
  private final int errno;

  protected TorporException(String message, int errno, Throwable cause) {
    super(message, cause);
    this.errno = errno;
  }

  /** The error number that CRIU's RPC would give as {@code cr_errno}, or 0. */
  public int errno() {
    return errno;
  }
}
