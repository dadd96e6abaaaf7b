// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.torpor.image.proto.fh_entry;

/**
 * What tells an inode from all others, and from those that had its number before: its file handle,
 * which even file systems give that open none.
 *
 * @param device its superblock's number, as {@link dev.torpor.proc.MountInfo} has it
 * @param type of the handle
 * @param bytes of the handle, one per character
 */
record FileId(int device, int type, String bytes) {
  FileId(int device, int type, byte[] bytes) {
    this(device, type, new String(bytes, ISO_8859_1));
  }

  /** What fdinfo told of a mark. */
  static FileId of(MarkedInode inode) {
    fh_entry.Builder handle = inode.handle();
    byte[] bytes = new byte[handle.getBytes()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (handle.getHandle(i / Long.BYTES) >>> (i % Long.BYTES * Byte.SIZE));
    }
    return new FileId(inode.device(), handle.getType(), bytes);
  }
}
