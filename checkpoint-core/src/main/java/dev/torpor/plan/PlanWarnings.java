// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import java.util.function.Consumer;

/**
 * Where rooms say what a restore leaves another than it was. A fact.
 *
 * @param sink gets one line for each
 */
public record PlanWarnings(Consumer<String> sink) {
  /** Nobody listens. */
  public static final PlanWarnings UNHEARD = new PlanWarnings(line -> {});

  /** Says one thing. */
  public void add(String line) {
    sink.accept(line);
  }
}
