// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * Something of the machine that the execution of a plan takes. Whoever plans says so with {@link
 * ThreadPlan#needs}; all needs are looked at before a restore makes its first task, and before a
 * dump ends the tree.
 */
@FunctionalInterface
public interface Need {
  /**
   * Looks whether it is there.
   *
   * @throws dev.torpor.error.TorporException names what needs it, and what is missing
   */
  void verify(Machine machine);
}
