// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/**
 * What a dump came to.
 *
 * @param postDumpStatus 0, or what a post-dump script said, which let the tasks live
 * @param freezingMicros from the first thread that was told to stop until all stood, in
 *     microseconds
 * @param frozenMicros how long the tree stood, in microseconds
 * @param memoryMicros of it, to write memory, in microseconds
 * @param pagesScanned pages of 4096 bytes that were looked at
 * @param pagesWritten those that are in the images
 */
public record DumpResult(
    int postDumpStatus,
    int freezingMicros,
    int frozenMicros,
    int memoryMicros,
    long pagesScanned,
    long pagesWritten) {}
