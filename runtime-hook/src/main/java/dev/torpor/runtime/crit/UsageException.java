// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

/** A command line that cannot be followed; the message says what would be right. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
