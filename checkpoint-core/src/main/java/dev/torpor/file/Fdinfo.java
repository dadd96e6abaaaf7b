// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.Digits;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;

/**
 * /proc/PID/fdinfo/N, proc_pid_fdinfo(5).
 *
 * @param pos file offset in bytes
 * @param flags O_* as the open file has them, O_CLOEXEC if the descriptor is close-on-exec
 * @param mntId the mount, as numbered in mountinfo; since Linux 3.15
 * @param ino inode number; since Linux 5.14
 * @param lines what the kind of file adds, line by line
 */
record Fdinfo(long pos, int flags, int mntId, long ino, List<String> lines) {

  /** Reads one: {@code /proc/PID/fdinfo/N}. */
  static Fdinfo read(String path) {
    return parse(path, ProcFs.text(path));
  }

  /** Reads one of many, in an open directory {@code /proc/PID/fdinfo}. */
  static Fdinfo read(int directory, String name) {
    return parse(name, ProcFs.textAt(directory, name));
  }

  static Fdinfo parse(String path, String text) {
    long pos = 0;
    int flags = -1;
    int mntId = -1;
    long ino = 0;
    List<String> lines = new ArrayList<>(0);
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      try {
        if (text.startsWith("pos:", at)) {
          pos = number(text, at + 4, end, 10);
        } else if (text.startsWith("flags:", at)) {
          flags = (int) number(text, at + 6, end, 8);
        } else if (text.startsWith("mnt_id:", at)) {
          mntId = (int) number(text, at + 7, end, 10);
        } else if (text.startsWith("ino:", at)) {
          ino = number(text, at + 4, end, 10);
        } else {
          lines.add(text.substring(at, end));
        }
      } catch (NumberFormatException e) {
        throw new ProcException(path, text.substring(at, end), "a number behind its key");
      }
      at = end + 1;
    }
    if (flags == -1) {
      throw new ProcException(path, text, "a list of keys with flags among them");
    }
    return new Fdinfo(pos, flags, mntId, ino, lines);
  }

  /** Behind the kernel's tab. */
  private static long number(String text, int start, int end, int radix) {
    int first = start;
    while (first < end && text.charAt(first) <= ' ') {
      first++;
    }
    return text.startsWith("-", first)
        ? -Digits.parse(text, first + 1, end, radix)
        : Digits.parse(text, first, end, radix);
  }

  /** What stands behind {@code key} and a colon, or null. */
  String value(String key) {
    for (String line : lines) {
      if (has(line, key)) {
        return line.substring(key.length() + 1).trim();
      }
    }
    return null;
  }

  /** What stands behind each {@code key} and a colon, in the order of the lines. */
  List<String> values(String key) {
    List<String> values = new ArrayList<>();
    for (String line : lines) {
      if (has(line, key)) {
        values.add(line.substring(key.length() + 1).trim());
      }
    }
    return values;
  }

  private static boolean has(String line, String key) {
    return line.startsWith(key) && line.length() > key.length() && line.charAt(key.length()) == ':';
  }

  /**
   * What stands behind a key that this kind of file has.
   *
   * @param subject whose file it is
   * @throws UnsupportedException if the kernel is too old to tell
   */
  String told(String subject, String key) {
    String value = value(key);
    if (value == null) {
      throw new UnsupportedException(subject, "the kernel does not tell its " + key);
    }
    return value;
  }

  /**
   * The unsigned number behind a key that this kind of file has.
   *
   * @param subject whose file it is
   * @throws UnsupportedException if the kernel is too old to tell
   */
  long number(String subject, String key, int radix) {
    String value = told(subject, key);
    try {
      return Long.parseUnsignedLong(value, radix);
    } catch (NumberFormatException e) {
      throw new ProcException("fdinfo of " + subject, value, "the number " + key);
    }
  }
}
