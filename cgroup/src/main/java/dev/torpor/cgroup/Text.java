// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.ArrayList;
import java.util.List;

/** Splitting of kernel text, without the regular expressions that {@link String#split} compiles. */
final class Text {

  private Text() {}

  /** The pieces between separators; an empty string gives one empty piece. */
  static List<String> split(String text, char separator) {
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
      pieces.add(text.substring(start, end));
      start = end + 1;
    }
    pieces.add(text.substring(start));
    return pieces;
  }

  /** Undoes the octal escapes of proc_pid_mountinfo(5): \040, \011, \012, \134. */
  static String unescapeOctal(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && i + 3 < text.length() && isOctal(text, i + 1)) {
        plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }

  private static boolean isOctal(String text, int start) {
    for (int i = start; i < start + 3; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '7') {
        return false;
      }
    }
    return true;
  }
}
