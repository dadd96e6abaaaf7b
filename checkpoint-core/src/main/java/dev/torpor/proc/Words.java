// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.ArrayList;
import java.util.List;

/** Splits kernel text without regular expressions, which cost start-up time. */
public final class Words {
  private Words() {}

  /** The pieces between separators; an empty text is one empty piece. */
  public static List<String> split(String text, char separator) {
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
      pieces.add(text.substring(start, end));
      start = end + 1;
    }
    pieces.add(text.substring(start));
    return pieces;
  }

  /** The pieces between blanks, tabs and line feeds, none of them empty. */
  public static List<String> of(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i <= text.length(); i++) {
      boolean blank = i == text.length() || text.charAt(i) <= ' ';
      if (blank && start >= 0) {
        words.add(text.substring(start, i));
        start = -1;
      } else if (!blank && start < 0) {
        start = i;
      }
    }
    return words;
  }
}
