// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/**
 * An option that cannot be taken: unknown, malformed, contradictory or not supported yet.
 *
 * <p>Thrown before anything is touched. The message names the option, where it was given, the cause
 * and the way out.
 */
public final class OptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the whole one-line message. */
  public OptionException(String message) {
    super(message);
  }

  static OptionException badValue(String origin, String name, String value, String expected) {
    return new OptionException(
        origin + ": invalid argument for " + name + ": " + value + " (expected " + expected + ")");
  }
}
