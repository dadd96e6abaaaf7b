// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.plan.Facts;

/**
 * A tree as a {@link TreeRoom} sees it.
 *
 * @param rootPid of the root task, as Torpor sees it
 * @param ownNetwork whether its network namespace is not Torpor's, or was not the dumper's
 * @param notifier who is told of stages
 * @param launcher runs programs
 * @param facts what the caller says to single rooms
 */
public record WholeTree(
    int rootPid, boolean ownNetwork, Notifier notifier, Launcher launcher, Facts facts) {}
