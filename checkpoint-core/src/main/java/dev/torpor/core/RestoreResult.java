// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/**
 * What a restore came to.
 *
 * @param rootPid the root task as Torpor sees it
 * @param forkingMicros until all tasks and files were there, in microseconds
 * @param restoringMicros all of the restore, in microseconds
 * @param pagesRestored pages of 4096 bytes that were read back
 */
public record RestoreResult(
    int rootPid, int forkingMicros, int restoringMicros, long pagesRestored) {}
