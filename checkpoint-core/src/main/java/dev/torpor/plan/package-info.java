// SPDX-License-Identifier: Apache-2.0
/**
 * The restore plan: what each task of the tree runs, and in which order. Making it is a pure
 * function of the images and the options.
 */
package dev.torpor.plan;
