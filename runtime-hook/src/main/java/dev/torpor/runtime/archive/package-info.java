// SPDX-License-Identifier: Apache-2.0
/**
 * Checkpoint archives of engines as files: unpacked within a directory that nothing leads out of.
 */
package dev.torpor.runtime.archive;
