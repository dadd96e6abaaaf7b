// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * Something of the machine that the execution of a plan takes. Whoever plans says so with {@link
 * ThreadPlan#needs}, or with {@link ThreadPlan#takes} if nobody else may have it. All needs are
 * looked at before a restore makes its first task; the former before a dump ends the tree, too.
 *
 * <p>A need is asked for only where its want is certain to fail the restore.
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
