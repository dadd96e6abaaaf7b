// SPDX-License-Identifier: Apache-2.0
/**
 * Namespaces of a process tree and its mount tree: what is dumped of them, and how they come back.
 *
 * <p>Dump looks from outside. What only a member of a namespace sees (host name, limits of System V
 * IPC, a mount without the mounts on top of it) is asked by a thread of Torpor that joined it and
 * ends afterwards ({@link dev.torpor.namespaces.Visit}).
 *
 * <p>Restore is a plan: calls of the root task at {@link dev.torpor.plan.Step#NAMESPACES} and
 * {@link dev.torpor.plan.Step#MOUNTS}.
 */
package dev.torpor.namespaces;
