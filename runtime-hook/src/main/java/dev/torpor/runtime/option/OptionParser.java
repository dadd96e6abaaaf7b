// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes options off a list of words by the rules of getopt_long(3): they may stand anywhere, {@code
 * --} ends them, letters may be clustered, long names may be shortened.
 */
public final class OptionParser {
  private final OptionsBuilder into;
  private final String origin;
  private final List<String> rest = new ArrayList<>();

  private OptionParser(OptionsBuilder into, String origin) {
    this.into = into;
    this.origin = origin;
  }

  /**
   * Parses words into a builder.
   *
   * @param origin who gave them, for messages
   * @return the words that are not options, in their order
   * @throws OptionException on an unknown name or a bad value
   */
  public static List<String> parse(List<String> words, String origin, OptionsBuilder into) {
    OptionParser parser = new OptionParser(into, origin);
    int at = 0;
    while (at < words.size()) {
      at = parser.word(words, at);
    }
    return parser.rest;
  }

  private int word(List<String> words, int at) {
    String word = words.get(at);
    if (word.equals("--")) {
      rest.addAll(words.subList(at + 1, words.size()));
      return words.size();
    }
    if (word.startsWith("--")) {
      return longOption(words, at);
    }
    if (word.length() > 1 && word.charAt(0) == '-') {
      return letters(words, at);
    }
    rest.add(word);
    return at + 1;
  }

  private int longOption(List<String> words, int at) {
    String word = words.get(at);
    int equals = word.indexOf('=');
    String typed = equals < 0 ? word.substring(2) : word.substring(2, equals);
    String attached = equals < 0 ? null : word.substring(equals + 1);
    OptionTable.Match match = OptionTable.byLongName(typed, origin);
    Opt option = match.option();
    if (!option.shape().takesValue() || !match.on()) {
      if (attached != null) {
        throw new OptionException(
            origin + ": option '--" + typed + "' doesn't allow an argument: remove =" + attached);
      }
      into.flag(option, match.on(), origin);
      return at + 1;
    }
    if (attached != null || !option.shape().needsValue()) {
      into.value(option, attached, origin);
      return at + 1;
    }
    into.value(option, next(words, at, "'--" + option.longName() + "'"), origin);
    return at + 2;
  }

  private int letters(List<String> words, int at) {
    String word = words.get(at);
    for (int i = 1; i < word.length(); i++) {
      char letter = word.charAt(i);
      Opt option = OptionTable.byLetter(letter);
      if (option == null) {
        throw new OptionException(
            origin + ": invalid option -- '" + letter + "': --help lists what there is");
      }
      if (!option.shape().takesValue()) {
        into.flag(option, true, origin);
        continue;
      }
      String attached = i + 1 < word.length() ? word.substring(i + 1) : null;
      if (attached != null || !option.shape().needsValue()) {
        into.value(option, attached, origin);
        return at + 1;
      }
      into.value(option, next(words, at, "-- '" + letter + "'"), origin);
      return at + 2;
    }
    return at + 1;
  }

  private String next(List<String> words, int at, String name) {
    if (at + 1 >= words.size()) {
      throw new OptionException(origin + ": option " + name + " requires an argument: add one");
    }
    return words.get(at + 1);
  }
}
