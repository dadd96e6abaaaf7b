// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.ArrayList;
import java.util.List;

/**
 * /proc/PID/smaps, proc_pid_smaps(5): a line of /proc/PID/maps per mapping and indented facts below
 * it, of which only VmFlags (since Linux 3.8) is used. Plain /proc/PID/maps reads too.
 */
public final class SmapsParser {
  private static final String VM_FLAGS = "VmFlags:";

  private final String path;
  private final String text;
  private final List<Mapping> mappings = new ArrayList<>();

  /** How far behind a mapping's line its flags were found last. */
  private int distance;

  private SmapsParser(String path, String text) {
    this.path = path;
    this.text = text;
  }

  /**
   * Parses the whole text.
   *
   * @param path for messages
   * @throws ProcException at the first line that does not read as expected
   */
  public static List<Mapping> parse(String path, String text) {
    return new SmapsParser(path, text).parse();
  }

  private List<Mapping> parse() {
    int at = 0;
    while (at < text.length()) {
      int end = endOfLine(at);
      int flags = flags(end + 1);
      if (flags < 0) {
        mappings.add(mapping(at, end, " "));
        at = next(end + 1);
      } else {
        int endOfFlags = endOfLine(flags);
        String trimmed = text.substring(flags + VM_FLAGS.length(), endOfFlags).trim();
        mappings.add(mapping(at, end, " " + trimmed + " "));
        at = next(endOfFlags + 1);
      }
    }
    return mappings;
  }

  private int endOfLine(int at) {
    int end = text.indexOf('\n', at);
    return end < 0 ? text.length() : end;
  }

  private boolean isFact(int at) {
    return at < text.length() && Character.isUpperCase(text.charAt(at));
  }

  /** Where the flags of a mapping are whose facts begin at {@code facts}; negative if nowhere. */
  private int flags(int facts) {
    // The kernel pads the numbers, so they are as far away as they were the last time.
    if (isFact(facts) && text.startsWith(VM_FLAGS, facts + distance)) {
      return facts + distance;
    }
    for (int at = facts; isFact(at); at = endOfLine(at) + 1) {
      if (text.startsWith(VM_FLAGS, at)) {
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
    try {
      int dash = text.indexOf('-', start);
      int p = text.indexOf(' ', dash);
      int o = text.indexOf(' ', p + 1);
      int d = text.indexOf(' ', o + 1);
      int i = text.indexOf(' ', d + 1);
      int n = text.indexOf(' ', i + 1);
      n = n < 0 ? end : Math.min(n, end);
      if (dash < 0 || i < d || i > end) {
        throw malformed(start, end);
      }
      return new Mapping(
          Digits.parse(text, start, dash, 16),
          Digits.parse(text, dash + 1, p, 16),
          text.substring(p + 1, o),
          Digits.parse(text, o + 1, d, 16),
          text.substring(d + 1, i),
          Digits.parse(text, i + 1, n, 10),
          n == end ? "" : text.substring(n, end).stripLeading(),
          flags);
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw malformed(start, end);
    }
  }

  private ProcException malformed(int start, int end) {
    return new ProcException(
        path, text.substring(start, end), "address perms offset dev inode pathname");
  }
}
