// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

/**
 * Text of a checkpoint as it may be shown. Names, contents and logs were written by the program
 * that was dumped: they may hold what a terminal obeys, or a browser.
 */
public final class Shown {
  private static final int MOST_SHOWN_BYTES = 256;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private Shown() {}

  /** For a terminal: nothing but characters that are seen. */
  public static String terminal(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (isSeen(c)) {
        shown.appendCodePoint(c);
      } else {
        shown.append("\\u{").append(Integer.toHexString(c)).append('}');
      }
    }
    return shown.toString();
  }

  /** Also not those that turn the direction of text, by which one name looks like another. */
  private static boolean isSeen(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  /** For an element or a quoted attribute of HTML. */
  static String html(String text) {
    StringBuilder shown = new StringBuilder(text.length() + 16);
    String seen = terminal(text);
    for (int i = 0; i < seen.length(); i++) {
      char c = seen.charAt(i);
      switch (c) {
        case '<' -> shown.append("&lt;");
        case '>' -> shown.append("&gt;");
        case '&' -> shown.append("&amp;");
        case '"' -> shown.append("&quot;");
        case '\'' -> shown.append("&#39;");
        default -> shown.append(c);
      }
    }
    return shown.toString();
  }

  /** The beginning of bytes, with dots for what is no ASCII text. */
  static String text(byte[] bytes) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(bytes.length, MOST_SHOWN_BYTES); i++) {
      shown.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '.');
    }
    return shown.toString();
  }

  /** The same beginning, two digits a byte. */
  static String hex(byte[] bytes) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(bytes.length, MOST_SHOWN_BYTES); i++) {
      shown.append(HEX[bytes[i] >> 4 & 0xf]).append(HEX[bytes[i] & 0xf]);
    }
    return shown.toString();
  }

  /** 4096 as {@code 4.0 KiB}. */
  public static String size(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format("%.1f %s", value, units[unit]);
  }
}
