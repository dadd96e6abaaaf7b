// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.Arrays;

/**
 * /proc/PID/status, proc_pid_status(5): lines of {@code Key:\tvalue}. Values are read when they are
 * asked for: of most threads few are.
 */
public final class TaskStatus {
  /** Linux 6.18 has 58. */
  private static final int LINES = 64;

  private final String path;
  private final String text;

  /** Per line where it starts and where its colon is, and then where the last one ends. */
  private int[] places = new int[2 * LINES];

  private int count;

  /** The line behind the one asked for last: as a rule they are asked for in their order. */
  private int next;

  private TaskStatus(String path, String text) {
    this.path = path;
    this.text = text;
  }

  static TaskStatus parse(String path, String text) {
    TaskStatus status = new TaskStatus(path, text);
    status.split();
    return status;
  }

  private void split() {
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      int colon = text.indexOf(':', at);
      if (colon < 0 || colon > end) {
        throw new ProcException(path, text.substring(at, end), "Key: value");
      }
      if (2 * count + 2 == places.length) {
        places = Arrays.copyOf(places, 2 * places.length);
      }
      places[2 * count] = at;
      places[2 * count + 1] = colon;
      count++;
      at = end + 1;
    }
    places[2 * count] = at;
  }

  /** Whether this kernel gives the key. */
  public boolean has(String key) {
    return find(key) >= 0;
  }

  /** Number of a key's line; negative if there is none. */
  private int find(String key) {
    // Another thread that asks at the same time at most makes the search longer.
    int first = next;
    for (int i = 0; i < count; i++) {
      int line = first + i < count ? first + i : first + i - count;
      int start = places[2 * line];
      if (places[2 * line + 1] - start == key.length() && text.startsWith(key, start)) {
        next = line + 1;
        return line;
      }
    }
    return -1;
  }

  private int line(String key) {
    int line = find(key);
    if (line < 0) {
      throw new ProcException(path, key, "a key this kernel gives");
    }
    return line;
  }

  private int start(int line) {
    return skipBlanks(places[2 * line + 1] + 1, end(line));
  }

  /** Where the line feed is, or would be. */
  private int end(int line) {
    return places[2 * line + 2] - 1;
  }

  private int skipBlanks(int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) <= ' ') {
      at++;
    }
    return at;
  }

  private int skipWord(int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) > ' ') {
      at++;
    }
    return at;
  }

  /**
   * The name of the thread, one character per byte. Line feeds and backslashes in it are printed
   * with a backslash before, fs/proc/array.c.
   */
  public String comm() {
    int line = line("Name");
    String printed = text.substring(places[2 * line + 1] + 2, end(line));
    if (printed.indexOf('\\') < 0) {
      return printed;
    }
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < printed.length(); i++) {
      char c = printed.charAt(i);
      if (c == '\\' && ++i < printed.length()) {
        c = printed.charAt(i) == 'n' ? '\n' : printed.charAt(i);
      }
      name.append(c);
    }
    return name.toString();
  }

  /** Text behind a key. */
  public String text(String key) {
    int line = line(key);
    return text.substring(places[2 * line + 1] + 1, end(line)).trim();
  }

  /** The lines from that of one key to that of another, as they are. */
  public String lines(String firstKey, String lastKey) {
    int first = line(firstKey);
    return text.substring(places[2 * first], end(line(lastKey)));
  }

  /** A decimal number. */
  public int number(String key) {
    return number(key, 10);
  }

  /** An octal number: Umask. */
  public int octal(String key) {
    return number(key, 8);
  }

  private int number(String key, int radix) {
    int line = line(key);
    int start = start(line);
    return Digits.parseInt(text, start, skipWord(start, end(line)), radix);
  }

  /** The last of several numbers: of NSpid and its like, the one in the task's own namespace. */
  public int innermost(String key) {
    int[] numbers = numbers(key);
    return numbers[numbers.length - 1];
  }

  /** A mask in hexadecimal: SigBlk, CapEff ... */
  public long mask(String key) {
    int line = line(key);
    int start = start(line);
    return Digits.parse(text, start, skipWord(start, end(line)), 16);
  }

  /** Decimal numbers with white space between: Uid, Gid, Groups, NSpid. */
  public int[] numbers(String key) {
    int line = line(key);
    int end = end(line);
    int[] numbers = new int[4];
    int found = 0;
    for (int at = start(line); at < end; ) {
      int behind = skipWord(at, end);
      if (found == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * found);
      }
      numbers[found++] = Digits.parseUnsignedInt(text, at, behind, 10);
      at = skipBlanks(behind, end);
    }
    return Arrays.copyOf(numbers, found);
  }
}
