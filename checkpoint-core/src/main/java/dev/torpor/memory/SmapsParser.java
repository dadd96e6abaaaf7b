// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.proc.ProcException;
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
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      char first = text.charAt(at);
      if (text.startsWith(VM_FLAGS, at)) {
        addFlags(text.substring(at + VM_FLAGS.length(), end));
      } else if (!Character.isUpperCase(first)) {
        mappings.add(mapping(text.substring(at, end)));
      }
      at = end + 1;
    }
    return mappings;
  }

  private void addFlags(String flags) {
    if (mappings.isEmpty()) {
      throw new ProcException(path, flags, "behind a mapping");
    }
    Mapping m = mappings.remove(mappings.size() - 1);
    mappings.add(
        new Mapping(
            m.start(),
            m.end(),
            m.permissions(),
            m.offsetBytes(),
            m.device(),
            m.inode(),
            m.name(),
            " " + flags.trim() + " "));
  }

  /** {@code 55d0-55d1 r-xp 00001000 fe:00 338944 /usr/bin/dash}. */
  private Mapping mapping(String line) {
    try {
      int dash = line.indexOf('-');
      int p = line.indexOf(' ', dash);
      int o = line.indexOf(' ', p + 1);
      int d = line.indexOf(' ', o + 1);
      int i = line.indexOf(' ', d + 1);
      int n = line.indexOf(' ', i + 1);
      String inode = n < 0 ? line.substring(i + 1) : line.substring(i + 1, n);
      return new Mapping(
          Long.parseUnsignedLong(line, 0, dash, 16),
          Long.parseUnsignedLong(line, dash + 1, p, 16),
          line.substring(p + 1, o),
          Long.parseUnsignedLong(line, o + 1, d, 16),
          line.substring(d + 1, i),
          Long.parseUnsignedLong(inode),
          n < 0 ? "" : line.substring(n).stripLeading(),
          " ");
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new ProcException(path, line, "address perms offset dev inode pathname");
    }
  }
}
