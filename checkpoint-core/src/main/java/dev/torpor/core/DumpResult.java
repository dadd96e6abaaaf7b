// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.dump_stats_entry;

/**
 * What a dump came to.
 *
 * @param postDumpStatus 0, or what a post-dump script said, which let the tasks live
 * @param statistics times in microseconds, memory in pages
 */
public record DumpResult(int postDumpStatus, dump_stats_entry statistics) {}
