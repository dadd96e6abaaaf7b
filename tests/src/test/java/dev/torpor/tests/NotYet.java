// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.util.Set;
import org.junit.jupiter.api.Assumptions;

/**
 * What Torpor is known not to do yet, by the name of the subject or flow. A test of such a cell is
 * counted as skipped and says why. CRIU's own cells are never in here.
 */
final class NotYet {
  /** Names whose Torpor cells do not run yet; "*" stands for all. It is to be empty. */
  private static final Set<String> NAMES = Set.of();

  private NotYet() {}

  /** Skips the calling test if Torpor takes part in it and the name is on the list. */
  static void check(String name, Engine... engines) {
    for (Engine engine : engines) {
      Assumptions.assumeFalse(
          engine == Engine.TORPOR && (NAMES.contains("*") || NAMES.contains(name)),
          () -> "Torpor does not do this yet: " + name);
    }
  }
}
