// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * CRIU's configuration files: one option a line, without dashes.
 *
 * <pre>
 * tcp-established
 * log-file dump.log        # what follows is a comment
 * manage-cgroups=ignore    # a value that is optional needs the equals sign
 * action-script "/opt/my scripts/x.sh"
 * </pre>
 *
 * <p>Follows what CRIU 4.2.1 accepts, but a word it would silently drop (a second word after an
 * option that takes none, or whose value is optional) is refused with its line.
 */
public final class ConfigFile {
  private final String name;
  private final OptionsBuilder into;

  private ConfigFile(String name, OptionsBuilder into) {
    this.name = name;
    this.into = into;
  }

  /**
   * Reads options from a file.
   *
   * @return false when there is no such file, which CRIU does not mind
   * @throws OptionException naming file and line
   */
  public static boolean read(String file, OptionsBuilder into) {
    String text;
    try {
      int fd = Fcntl.open(file, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      try {
        text = KernelString.decode(Unistd.readAll(fd));
      } finally {
        Unistd.close(fd);
      }
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw new OptionException(
          "configuration file "
              + file
              + " cannot be read: "
              + Errno.describe(e.errno())
              + ": mend or move it");
    }
    parse(file, text, into);
    return true;
  }

  /**
   * Takes the text of a file.
   *
   * @param name what messages call it
   * @throws OptionException naming it and the line
   */
  public static void parse(String name, String text, OptionsBuilder into) {
    new ConfigFile(name, into).parse(text);
  }

  private void parse(String text) {
    int start = 0;
    int number = 1;
    while (start < text.length()) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      line(text.substring(start, end), name + " line " + number);
      start = end + 1;
      number++;
    }
  }

  private void line(String line, String origin) {
    List<String> words = words(line, origin);
    if (words.isEmpty()) {
      return;
    }
    if (words.size() > 2) {
      throw new OptionException(
          origin + ": more than an option and its value: quote values that hold blanks");
    }
    words.set(0, "--" + words.get(0));
    List<String> rest = OptionParser.parse(words, origin, into);
    if (!rest.isEmpty()) {
      throw new OptionException(
          origin
              + ": "
              + words.get(0).substring(2)
              + " takes no separate value: write it without one or, where help shows [=...], after '='");
    }
  }

  private static List<String> words(String line, String origin) {
    List<String> words = new ArrayList<>(2);
    int at = 0;
    while (true) {
      while (at < line.length() && isBlank(line.charAt(at))) {
        at++;
      }
      if (at == line.length() || line.charAt(at) == '#') {
        return words;
      }
      if (line.charAt(at) == '"') {
        StringBuilder word = new StringBuilder();
        at = quoted(line, at + 1, word, origin);
        words.add(word.toString());
      } else {
        int start = at;
        while (at < line.length() && !isBlank(line.charAt(at))) {
          at++;
        }
        words.add(line.substring(start, at));
      }
    }
  }

  /** Reads up to the closing quote, {@code \"} stands for a quote; returns where it goes on. */
  private static int quoted(String line, int from, StringBuilder word, String origin) {
    int at = from;
    while (at < line.length()) {
      char c = line.charAt(at);
      if (c == '\\' && at + 1 < line.length() && line.charAt(at + 1) == '"') {
        word.append('"');
        at += 2;
      } else if (c == '"') {
        return at + 1;
      } else {
        word.append(c);
        at++;
      }
    }
    throw new OptionException(origin + ": a quote is not closed: add the second \"");
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
  }
}
