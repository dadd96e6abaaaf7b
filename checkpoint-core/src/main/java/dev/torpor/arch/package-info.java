// SPDX-License-Identifier: Apache-2.0
/**
 * What is so on x86-64 alone: another processor has classes of the same names. Registers of calls
 * and in images, the frame that gives them back, the extended state, and the instructions of a
 * task's own code that make calls.
 */
package dev.torpor.arch;
