// SPDX-License-Identifier: Apache-2.0
/**
 * What of the dump and of calls in other processes is so on x86-64 alone: another processor has
 * classes of the same names. (Images of registers are those of {@code dev.torpor.task.Registers},
 * instructions to look for those of {@code dev.torpor.inject.Gadgets}.)
 */
package dev.torpor.arch;
