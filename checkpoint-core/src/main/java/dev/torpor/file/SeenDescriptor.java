// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.plan.Facts;

/**
 * A descriptor of a task, for who looks at all of them.
 *
 * @param descriptor what can be seen of it
 * @param fileId id of its open file in the images, by which duplicates are known
 * @param imagePid its task, as the images number it
 * @param pids how the images number others
 * @param options what the caller says to single rooms
 */
public record SeenDescriptor(
    Descriptor descriptor, int fileId, int imagePid, PidLookup pids, Facts options) {}
