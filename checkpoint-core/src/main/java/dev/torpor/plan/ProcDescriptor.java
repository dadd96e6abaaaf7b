// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * The fact where programs find /proc of the tree's pid namespace.
 *
 * @param number a descriptor that all tasks have until their last step
 */
public record ProcDescriptor(int number) {}
