// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fh_entry;

/**
 * An inode that is watched.
 *
 * @param what has the mark, for messages
 * @param device its superblock's number, as {@link dev.torpor.proc.MountInfo} has it
 * @param ino its number
 * @param toldOfReading whether whoever has the mark is told that a directory is read
 * @param handle gets its path and, in a mount namespace of the tree's own, the mount
 */
record MarkedInode(
    String what, int device, long ino, boolean toldOfReading, fh_entry.Builder handle) {}
