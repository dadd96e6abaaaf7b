// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.HashMap;
import java.util.Map;
import java.util.StringTokenizer;

/** /proc/PID/status, proc_pid_status(5): lines of {@code Key:\tvalue}. */
public final class TaskStatus {
  private final String path;
  private final Map<String, String> values;

  private TaskStatus(String path, Map<String, String> values) {
    this.path = path;
    this.values = values;
  }

  static TaskStatus parse(String path, String text) {
    Map<String, String> values = new HashMap<>(128);
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      int colon = text.indexOf(':', at);
      if (colon < 0 || colon > end) {
        throw new ProcException(path, text.substring(at, end), "Key: value");
      }
      values.put(text.substring(at, colon), text.substring(colon + 1, end).trim());
      at = end + 1;
    }
    return new TaskStatus(path, values);
  }

  /** Whether this kernel gives the key. */
  public boolean has(String key) {
    return values.containsKey(key);
  }

  /** Text behind a key. */
  public String text(String key) {
    String value = values.get(key);
    if (value == null) {
      throw new ProcException(path, key, "a key this kernel gives");
    }
    return value;
  }

  /** A decimal number. */
  public int number(String key) {
    return Integer.parseInt(text(key));
  }

  /** An octal number: Umask. */
  public int octal(String key) {
    return Integer.parseInt(text(key), 8);
  }

  /** The last of several numbers: of NSpid and its like, the one in the task's own namespace. */
  public int innermost(String key) {
    int[] numbers = numbers(key);
    return numbers[numbers.length - 1];
  }

  /** A mask in hexadecimal: SigBlk, CapEff ... */
  public long mask(String key) {
    return Long.parseUnsignedLong(text(key), 16);
  }

  /** Decimal numbers with white space between: Uid, Gid, Groups, NSpid. */
  public int[] numbers(String key) {
    StringTokenizer words = new StringTokenizer(text(key));
    int[] numbers = new int[words.countTokens()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Integer.parseUnsignedInt(words.nextToken());
    }
    return numbers;
  }
}
