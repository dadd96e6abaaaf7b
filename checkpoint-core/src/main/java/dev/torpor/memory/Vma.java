// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.proto.vma_entry;

/**
 * A mapping, or a guard region, as images have it. A message of protobuf's would be the same; of
 * tens of thousands, in a JVM that has just started, these are read in a quarter of the time.
 *
 * @param start first address
 * @param end first address behind it
 * @param pgoff offset in what is mapped, in bytes
 * @param shmid what is mapped, as the room of its kind numbers it
 * @param prot PROT_*, {@code asm-generic/mman-common.h}
 * @param flags MAP_*
 * @param status its kind, {@link VmaStatus}
 * @param madv what was advised, one bit per madvise(2) value; 0 if the entry has none
 * @param fdflags O_* of the descriptor that it was mapped from; 0 if the entry has none
 */
public record Vma(
    long start,
    long end,
    long pgoff,
    long shmid,
    int prot,
    int flags,
    int status,
    long madv,
    int fdflags) {
  /** The same as an entry of mm-PID.img. */
  public static Vma of(vma_entry entry) {
    return new Vma(
        entry.getStart(),
        entry.getEnd(),
        entry.getPgoff(),
        entry.getShmid(),
        entry.getProt(),
        entry.getFlags(),
        entry.getStatus(),
        entry.getMadv(),
        entry.getFdflags());
  }
}
