// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.restore_stats_entry;

/**
 * What a restore came to.
 *
 * @param rootPid the root task as Torpor sees it
 * @param statistics times in microseconds, memory in pages
 */
public record RestoreResult(int rootPid, restore_stats_entry statistics) {}
