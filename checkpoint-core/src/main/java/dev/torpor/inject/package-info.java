// SPDX-License-Identifier: Apache-2.0
/**
 * Running system calls inside a task: a {@link dev.torpor.inject.Program} is an ordered list of
 * calls whose arguments are constants, addresses in its data area, or results of earlier calls. It
 * runs call by call through an instruction that the target already has ({@link
 * dev.torpor.inject.RemoteCaller}: nothing is mapped into the target), or all at once in a task
 * that owns nothing but a mapped {@link dev.torpor.inject.Stage}.
 */
package dev.torpor.inject;
