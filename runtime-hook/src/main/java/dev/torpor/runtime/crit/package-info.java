// SPDX-License-Identifier: Apache-2.0
/**
 * {@code crit}, CRIU's image tool: images as JSON and back, and lists of what a checkpoint holds.
 */
package dev.torpor.runtime.crit;
