// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.KernelString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * /proc/PID/smaps, proc_pid_smaps(5): a line of /proc/PID/maps per mapping and facts below it, of
 * which only VmFlags (since Linux 3.8) is used. Plain /proc/PID/maps reads too.
 *
 * <p>Parsed while it is read: of a task with many mappings it has dozens of megabytes.
 */
public final class SmapsParser {
  private static final byte[] VM_FLAGS = {'V', 'm', 'F', 'l', 'a', 'g', 's', ':'};
  private static final int INITIAL_BYTES = 8192;
  private static final int KNOWN_TEXTS = 256;

  /** A number below this has room for one more digit. */
  private static final int ROOM_BITS = 60;

  private final String path;
  private final List<Mapping> mappings = new ArrayList<>();

  /** What is read and not parsed yet; begins with the line of a mapping. */
  private byte[] bytes = new byte[INITIAL_BYTES];

  private int used;
  private final String[] known = new String[KNOWN_TEXTS];

  /** How far behind a mapping's line its flags were found last. */
  private int distance;

  private SmapsParser(String path) {
    this.path = path;
  }

  /**
   * Reads the mappings of a task.
   *
   * @param path of its smaps, or maps
   * @throws ProcException if it cannot be read, or at the first line that does not read as expected
   */
  public static List<Mapping> read(String path) {
    SmapsParser parser = new SmapsParser(path);
    ProcFs.read(path, parser::take);
    parser.parse(true);
    return parser.mappings;
  }

  private void take(byte[] piece, int lengthBytes) {
    if (used + lengthBytes > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * (used + lengthBytes));
    }
    System.arraycopy(piece, 0, bytes, used, lengthBytes);
    used += lengthBytes;
    parse(false);
  }

  /**
   * Parses the mappings behind which another begins: until then, or until the file ends, more facts
   * may come.
   */
  private void parse(boolean ended) {
    int at = 0;
    while (at < used) {
      int end = endOfLine(at);
      int flags = flags(end + 1);
      int next = next(Math.max(flags, end + 1));
      if (next >= used && !ended) {
        break;
      }
      mappings.add(
          mapping(at, end, flags < 0 ? " " : text(flags + VM_FLAGS.length, endOfLine(flags))));
      at = next;
    }
    at = Math.min(at, used);
    System.arraycopy(bytes, at, bytes, 0, used - at);
    used -= at;
  }

  private int endOfLine(int at) {
    return indexOf('\n', at, used);
  }

  private boolean isFact(int at) {
    return at < used && bytes[at] >= 'A' && bytes[at] <= 'Z';
  }

  private boolean hasFlags(int at) {
    return at + VM_FLAGS.length <= used
        && Arrays.equals(bytes, at, at + VM_FLAGS.length, VM_FLAGS, 0, VM_FLAGS.length);
  }

  /** Where the flags of a mapping are whose facts begin at {@code facts}; negative if nowhere. */
  private int flags(int facts) {
    // The kernel pads the numbers, so they are as far away as they were the last time.
    if (isFact(facts) && hasFlags(facts + distance)) {
      return facts + distance;
    }
    for (int at = facts; isFact(at); at = endOfLine(at) + 1) {
      if (hasFlags(at)) {
        distance = at - facts;
        return at;
      }
    }
    return -1;
  }

  /** The next line that is no fact. */
  private int next(int from) {
    int at = from;
    while (isFact(at)) {
      at = endOfLine(at) + 1;
    }
    return at;
  }

  /** {@code 55d0-55d1 r-xp 00001000 fe:00 338944 /usr/bin/dash}. */
  private Mapping mapping(int start, int end, String flags) {
    int dash = indexOf('-', start, end);
    int p = indexOf(' ', dash + 1, end);
    int o = indexOf(' ', p + 1, end);
    int d = indexOf(' ', o + 1, end);
    int i = indexOf(' ', d + 1, end);
    int n = indexOf(' ', i + 1, end);
    try {
      return new Mapping(
          number(start, dash, 16),
          number(dash + 1, p, 16),
          text(p + 1, o),
          number(o + 1, d, 16),
          text(d + 1, i),
          number(i + 1, n, 10),
          n == end ? "" : text(n, end).stripLeading(),
          flags);
    } catch (IllegalArgumentException e) {
      // No number, or a field that begins behind the end of the line.
      throw new ProcException(path, text(start, end), "address perms offset dev inode pathname");
    }
  }

  /** Where a character is, or the end. */
  private int indexOf(char c, int from, int end) {
    int at = from;
    while (at < end && bytes[at] != c) {
      at++;
    }
    return Math.min(at, end);
  }

  private long number(int start, int end, int radix) {
    long value = 0;
    for (int i = start; i < end; i++) {
      int digit = Character.digit(bytes[i], radix);
      if (digit < 0 || value >>> ROOM_BITS != 0) {
        return Digits.parse(text(start, end), 0, end - start, radix);
      }
      value = value * radix + digit;
    }
    return start < end ? value : Digits.parse("", 0, 0, radix);
  }

  /** Of texts that many mappings have the same one is kept. */
  private String text(int start, int end) {
    int hash = 0;
    for (int i = start; i < end; i++) {
      hash = 31 * hash + bytes[i];
    }
    int slot = hash & (known.length - 1);
    if (known[slot] == null || !is(known[slot], start, end)) {
      known[slot] = KernelString.decode(Arrays.copyOfRange(bytes, start, end));
    }
    return known[slot];
  }

  private boolean is(String text, int start, int end) {
    boolean same = text.length() == end - start;
    for (int i = start; same && i < end; i++) {
      same = text.charAt(i - start) == bytes[i];
    }
    return same;
  }
}
