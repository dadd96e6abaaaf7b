// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.util.Locale;

/**
 * What became of a property.
 *
 * @param detail the value before and after, or what was printed
 */
record Fate(Kind kind, String detail) {
  enum Kind {
    KEPT,
    LOST,
    /** The dump refuses; the program goes on. */
    REFUSED,
    /** The restore does not work, or what it restored does not answer. */
    FAILED,
    /** It cannot be set on this machine. */
    IMPOSSIBLE,
    /** It changes in a process that nobody dumps as well: the row is wrong. */
    UNSTEADY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }
}
