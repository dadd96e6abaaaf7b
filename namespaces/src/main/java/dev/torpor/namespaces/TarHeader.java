// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.nio.charset.StandardCharsets;

/**
 * One header block of a tar archive in GNU format, tar(5). Written here, because the tree is frozen
 * meanwhile and a library's first use would cost more than all the rest.
 *
 * <pre>
 *     0 name 100      124 size 12       257 magic "ustar  \0" 8
 *   100 mode 8        136 mtime 12      329 major 8
 *   108 uid 8         148 checksum 8    337 minor 8
 *   116 gid 8         156 type 1
 *                     157 link 100
 * </pre>
 *
 * Numbers are octal digits with a NUL behind; one that is too large is binary, big-endian, with the
 * first bit set.
 */
final class TarHeader {
  static final int BLOCK_BYTES = 512;
  static final int NAME_BYTES = 100;

  private static final int NAME = 0;
  private static final int MODE = 100;
  private static final int UID = 108;
  private static final int GID = 116;
  private static final int SIZE = 124;
  private static final int MTIME = 136;
  private static final int CHECKSUM = 148;
  private static final int TYPE = 156;
  private static final int LINK = 157;
  private static final int MAGIC = 257;
  private static final int MAJOR = 329;
  private static final int MINOR = 337;
  private static final int SHORT_BYTES = 8;
  private static final int LONG_BYTES = 12;

  private final byte[] block = new byte[BLOCK_BYTES];

  /** A header of this type for a name of bytes; what does not fit of it is cut off. */
  TarHeader(byte[] name, char type) {
    text(NAME, name);
    block[TYPE] = (byte) type;
    byte[] magic = "ustar  ".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(magic, 0, block, MAGIC, magic.length);
    owner(0, 0, 0);
    content(0, 0);
  }

  private void text(int at, byte[] text) {
    System.arraycopy(text, 0, block, at, Math.min(text.length, NAME_BYTES));
  }

  TarHeader owner(int mode, long uid, long gid) {
    number(MODE, SHORT_BYTES, mode);
    number(UID, SHORT_BYTES, uid);
    number(GID, SHORT_BYTES, gid);
    return this;
  }

  TarHeader content(long sizeBytes, long mtimeSeconds) {
    number(SIZE, LONG_BYTES, sizeBytes);
    number(MTIME, LONG_BYTES, mtimeSeconds);
    return this;
  }

  TarHeader link(byte[] target) {
    text(LINK, target);
    return this;
  }

  TarHeader device(int major, int minor) {
    number(MAJOR, SHORT_BYTES, major);
    number(MINOR, SHORT_BYTES, minor);
    return this;
  }

  /** The finished block. */
  byte[] block() {
    int sum = 0;
    for (int i = 0; i < SHORT_BYTES; i++) {
      block[CHECKSUM + i] = ' ';
    }
    for (byte b : block) {
      sum += b & 0xff;
    }
    number(CHECKSUM, SHORT_BYTES - 1, sum);
    return block;
  }

  private void number(int at, int lengthBytes, long value) {
    int digits = lengthBytes - 1;
    if (value >= 0 && value < 1L << (3 * digits)) {
      for (int i = digits - 1; i >= 0; i--) {
        block[at + i] = (byte) ('0' + (value >> (3 * (digits - 1 - i)) & 7));
      }
      block[at + digits] = 0;
      return;
    }
    for (int i = lengthBytes - 1; i >= 0; i--) {
      int shift = 8 * (lengthBytes - 1 - i);
      block[at + i] = (byte) (shift < Long.SIZE ? value >> shift : value >> (Long.SIZE - 1));
    }
    block[at] |= (byte) 0x80;
  }
}
