// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What follows an action: crit's options in their spellings, and words. */
final class Arguments {
  /** Null is standard input. */
  Path in;

  /** Null is standard output. */
  Path out;

  boolean pretty;
  boolean withPayload = true;
  boolean help;
  final List<String> words = new ArrayList<>();

  private Arguments() {}

  /**
   * Reads them. Which of them an action takes is its own matter.
   *
   * @throws UsageException if an option is unknown or lacks its value
   */
  static Arguments of(List<String> given) {
    Arguments arguments = new Arguments();
    for (int i = 0; i < given.size(); i++) {
      String word = given.get(i);
      int equals = word.startsWith("--") ? word.indexOf('=') : -1;
      String name = equals < 0 ? word : word.substring(0, equals);
      switch (name) {
        case "-i", "--in" -> arguments.in = Path.of(equals < 0 ? value(given, i++) : after(word));
        case "-o", "--out" -> arguments.out = Path.of(equals < 0 ? value(given, i++) : after(word));
        case "--pretty" -> arguments.pretty = true;
        case "--nopl" -> arguments.withPayload = false;
        case "-h", "--help" -> arguments.help = true;
        default -> arguments.word(word);
      }
    }
    return arguments;
  }

  private void word(String word) {
    if (word.startsWith("-") && word.length() > 1) {
      throw new UsageException("unknown option " + word + ": --help lists them");
    }
    words.add(word);
  }

  private static String value(List<String> given, int at) {
    if (at + 1 == given.size()) {
      throw new UsageException(given.get(at) + " needs a file: give its name");
    }
    return given.get(at + 1);
  }

  private static String after(String word) {
    return word.substring(word.indexOf('=') + 1);
  }

  /** The one file that an action is given as a word. */
  Path file() {
    if (words.size() != 1) {
      throw new UsageException("takes one file: name an image");
    }
    return Path.of(words.get(0));
  }

  /** What is read: a file given either way, else standard input. */
  Path source() {
    if (words.isEmpty()) {
      return in;
    }
    if (in != null) {
      throw new UsageException("takes one file: name it once");
    }
    return file();
  }
}
