// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

/** What {@code crit} can do; names and arguments are those of CRIU's. */
enum Action {
  SHOW("show", "[--nopl] FILE", "an image as JSON for people"),
  DECODE("decode", "[--pretty] [-i FILE] [-o FILE]", "an image as JSON for programs"),
  ENCODE("encode", "[-i FILE] [-o FILE]", "the image that JSON describes"),
  INFO("info", "FILE", "the kind of an image and the number of its entries"),
  X("x", "DIR ps|fds|mems|rss|sk", "what the images of a directory hold, as a list");

  final String word;
  final String usage;
  final String help;

  Action(String word, String usage, String help) {
    this.word = word;
    this.usage = usage;
    this.help = help;
  }

  /** The action of a word, null when there is none. */
  static Action of(String word) {
    for (Action action : values()) {
      if (action.word.equals(word)) {
        return action;
      }
    }
    return null;
  }

  /** What {@code --help} prints. */
  static String help(String program) {
    StringBuilder text = new StringBuilder(1024);
    text.append("Usage: ").append(program).append(" ACTION [ARGUMENTS]\n\nActions:\n");
    for (Action action : values()) {
      text.append(String.format("  %-40s  %s%n", action.word + ' ' + action.usage, action.help));
    }
    return text.append(
            """

            Decode and encode read standard input without -i and write standard output without -o;
            a file may also be named without -i. Lists of x: ps (processes), fds (descriptors), mems
            (mappings), rss (pages that are in the images), sk (sockets).
            """)
        .toString();
  }
}
