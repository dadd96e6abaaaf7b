// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.plan.Facts;
import dev.torpor.proc.ProcFs;

/**
 * What surrounds the tasks whose files are captured.
 *
 * @param proc where to look
 * @param mounts their mounts
 * @param namespaces how images number their namespaces
 * @param pids how images number them
 * @param buildIds whether the build ids of ELF files are noted (--file-validation buildid)
 * @param options what the caller says to single rooms
 */
public record CaptureContext(
    ProcFs proc,
    MountLookup mounts,
    NamespaceLookup namespaces,
    PidLookup pids,
    boolean buildIds,
    Facts options) {}
