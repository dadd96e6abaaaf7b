// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fh_entry;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.Words;
import java.util.List;

/**
 * A line of fdinfo that tells of one mark of inotify or fanotify (fs/notify/fdinfo.c): words, each
 * a key, a colon and a hexadecimal number.
 */
final class MarkLine {
  /** MAX_HANDLE_SZ, linux/exportfs.h: what the kernel and CRIU's images have room for. */
  static final int HANDLE_BYTES = 128;

  private static final int HANDLE_WORDS = HANDLE_BYTES / Long.BYTES;

  private static final int DIGITS_PER_BYTE = 2;

  private final Descriptor descriptor;
  private final String line;
  private final List<String> words;

  MarkLine(Descriptor descriptor, String line) {
    this.descriptor = descriptor;
    this.line = line;
    this.words = Words.of(line);
  }

  /** What stands behind a key, or null. */
  String text(String key) {
    for (String word : words) {
      if (word.length() > key.length()
          && word.startsWith(key)
          && word.charAt(key.length()) == ':') {
        return word.substring(key.length() + 1);
      }
    }
    return null;
  }

  /** The number behind a key that each such line has. */
  long number(String key) {
    String text = text(key);
    try {
      if (text != null) {
        return Long.parseUnsignedLong(text, 16);
      }
    } catch (NumberFormatException e) {
      throw malformed();
    }
    throw malformed();
  }

  /** The same of 32 bits. */
  int word(String key) {
    return (int) number(key);
  }

  /** The handle of the inode; without bytes if its file system gives none. */
  fh_entry.Builder handle() {
    fh_entry.Builder handle = fh_entry.newBuilder().setBytes(0).setType(0);
    String text = text("f_handle");
    long[] packed = new long[HANDLE_WORDS];
    if (text != null) {
      int count = word("fhandle-bytes");
      if (count > HANDLE_BYTES || text.length() < count * DIGITS_PER_BYTE) {
        throw malformed();
      }
      handle.setBytes(count).setType(word("fhandle-type"));
      for (int i = 0; i < count; i++) {
        long value = Integer.parseInt(text, 2 * i, 2 * i + DIGITS_PER_BYTE, 16);
        packed[i / Long.BYTES] |= value << (i % Long.BYTES * Byte.SIZE);
      }
    }
    for (long value : packed) {
      handle.addHandle(value);
    }
    return handle;
  }

  private ProcException malformed() {
    return new ProcException(
        "fdinfo of " + descriptor.subject(), line, "ino:N sdev:N mask:N ... f_handle:N");
  }
}
