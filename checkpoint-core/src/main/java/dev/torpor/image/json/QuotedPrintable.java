// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Quoted-printable (RFC 2045 6.7) as Python's {@code quopri}, which crit uses for the names of Unix
 * sockets: line breaks stay as they are, long lines are broken softly.
 *
 * <p>Python is not reversible if line feeds with and without carriage return are mixed. Such a name
 * gets its line breaks encoded, which reads back everywhere.
 */
final class QuotedPrintable {
  private static final int MAX_LINE = 76;
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private final byte[] bytes;
  private final boolean text;
  private final String lineBreak;
  private final StringBuilder out = new StringBuilder();
  private int column;

  private QuotedPrintable(byte[] bytes, boolean text) {
    this.bytes = bytes;
    this.text = text;
    this.lineBreak = firstLineEndsInCrLf(bytes) ? "\r\n" : "\n";
  }

  static String encode(byte[] bytes) {
    String encoded = new QuotedPrintable(bytes, true).encode();
    return Arrays.equals(decode(encoded), bytes)
        ? encoded
        : new QuotedPrintable(bytes, false).encode();
  }

  /** Reads any quoted-printable text; an equals sign that introduces nothing stands for itself. */
  static byte[] decode(String encoded) {
    byte[] in = encoded.getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    int at = 0;
    while (at < in.length) {
      byte c = in[at++];
      if (c != '=') {
        out.write(c);
      } else if (at < in.length) {
        at = decodeEscape(in, at, out);
      }
    }
    return out.toByteArray();
  }

  private static int decodeEscape(byte[] in, int at, ByteArrayOutputStream out) {
    if (in[at] == '\n' || in[at] == '\r') {
      int end = at;
      while (end < in.length && in[end] != '\n') {
        end++;
      }
      return end + 1;
    }
    if (in[at] == '=') {
      out.write('=');
      return at + 1;
    }
    int high = Character.digit(in[at], 16);
    int low = at + 1 < in.length ? Character.digit(in[at + 1], 16) : -1;
    if (high < 0 || low < 0) {
      out.write('=');
      return at;
    }
    out.write(high << 4 | low);
    return at + 2;
  }

  private static boolean firstLineEndsInCrLf(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i > 0 && bytes[i - 1] == '\r';
      }
    }
    return false;
  }

  private String encode() {
    int at = 0;
    while (at < bytes.length) {
      if (isLineBreak(at)) {
        protectTrailingSpace();
        out.append(lineBreak);
        column = 0;
        at += bytes[at] == '\r' ? 2 : 1;
      } else if (mustEscape(at)) {
        breakLineBefore(3);
        escape(bytes[at++]);
        column += 3;
      } else {
        if (at + 1 < bytes.length && bytes[at + 1] != '\n') {
          breakLineBefore(1);
        }
        out.append((char) bytes[at++]);
        column++;
      }
    }
    return out.toString();
  }

  private boolean isLineBreak(int at) {
    return text && (bytes[at] == '\n' || (bytes[at] == '\r' && next(at) == '\n'));
  }

  private boolean mustEscape(int at) {
    int c = bytes[at] & 0xff;
    if (c > '~' || c == '=') {
      return true;
    }
    return switch (c) {
      case '.' -> column == 0 && endsLine(next(at));
      case ' ', '\t' -> next(at) < 0;
      case '\r', '\n' -> !text;
      default -> c < ' ';
    };
  }

  /** The following byte, or -1 at the end. */
  private int next(int at) {
    return at + 1 < bytes.length ? bytes[at + 1] & 0xff : -1;
  }

  private static boolean endsLine(int next) {
    return next <= 0 || next == '\n' || next == '\r';
  }

  private void breakLineBefore(int width) {
    if (column + width >= MAX_LINE) {
      out.append('=').append(lineBreak);
      column = 0;
    }
  }

  private void protectTrailingSpace() {
    int last = out.length() - 1;
    if (last >= 0 && (out.charAt(last) == ' ' || out.charAt(last) == '\t')) {
      byte space = (byte) out.charAt(last);
      out.setLength(last);
      escape(space);
    }
  }

  private void escape(byte b) {
    out.append('=').append(HEX[b >> 4 & 0xf]).append(HEX[b & 0xf]);
  }
}
