// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.restore_stats_entry;

/**
 * What a restore came to.
 *
 * @param rootPid the root task as Torpor sees it
 * @param statistics times in microseconds, memory in pages
 * @param told to be run when whoever asked for the restore knows that it succeeded. If this process
 *     ends before that, the tree is ended too: one that runs although its engine believes that the
 *     restore failed would soon run twice
 */
public record RestoreResult(int rootPid, restore_stats_entry statistics, Runnable told) {}
