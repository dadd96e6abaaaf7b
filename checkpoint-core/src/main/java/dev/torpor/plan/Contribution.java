// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import dev.torpor.inject.Program;

/** What one room appends to a task's program at one {@link Step}. */
@FunctionalInterface
public interface Contribution {
  /** Appends its calls. */
  void append(Program program);
}
