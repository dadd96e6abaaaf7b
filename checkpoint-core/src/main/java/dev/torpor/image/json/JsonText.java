// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Writes JSON the way Python's {@code json.dump} does, with {@code indent=4} or without:
 * separators, line breaks, and ASCII only.
 */
final class JsonText {
  /** Bytes in one line of base64 as Python writes it. */
  static final int BASE64_LINE_BYTES = 57;

  private static final int INDENT = 4;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final Writer out;
  private final boolean indented;
  private int depth;
  private boolean empty = true;
  private boolean afterName;

  JsonText(Writer out, boolean indented) {
    this.out = out;
    this.indented = indented;
  }

  void beginObject() throws IOException {
    begin('{');
  }

  void endObject() throws IOException {
    end('}');
  }

  void beginArray() throws IOException {
    begin('[');
  }

  void endArray() throws IOException {
    end(']');
  }

  void name(String name) throws IOException {
    separate();
    quoted(name);
    out.write(": ");
    afterName = true;
  }

  void string(String value) throws IOException {
    separate();
    quoted(value);
  }

  /** Writes digits, {@code true} or {@code false} as they are. */
  void literal(String value) throws IOException {
    separate();
    out.write(value);
  }

  void beginString() throws IOException {
    separate();
    out.write('"');
  }

  /**
   * Within a string, bytes in base64 with a line break after every 57 of them and after the last,
   * as Python's {@code base64.encodebytes}.
   */
  void base64(byte[] bytes, int length) throws IOException {
    Base64.Encoder encoder = Base64.getEncoder();
    for (int at = 0; at < length; at += BASE64_LINE_BYTES) {
      int end = Math.min(length, at + BASE64_LINE_BYTES);
      byte[] line = encoder.encode(java.util.Arrays.copyOfRange(bytes, at, end));
      out.write(new String(line, StandardCharsets.ISO_8859_1));
      out.write("\\n");
    }
  }

  void endString() throws IOException {
    out.write('"');
  }

  private void begin(char bracket) throws IOException {
    separate();
    out.write(bracket);
    depth++;
    empty = true;
  }

  private void end(char bracket) throws IOException {
    depth--;
    if (!empty) {
      newLine();
    }
    out.write(bracket);
    empty = false;
  }

  private void separate() throws IOException {
    if (afterName) {
      afterName = false;
      return;
    }
    if (!empty) {
      out.write(indented ? "," : ", ");
    }
    if (depth > 0) {
      newLine();
    }
    empty = false;
  }

  private void newLine() throws IOException {
    if (indented) {
      out.write('\n');
      out.write(" ".repeat(depth * INDENT));
    }
  }

  private void quoted(String value) throws IOException {
    out.write('"');
    for (int i = 0; i < value.length(); i++) {
      escaped(value.charAt(i));
    }
    out.write('"');
  }

  private void escaped(char c) throws IOException {
    switch (c) {
      case '"' -> out.write("\\\"");
      case '\\' -> out.write("\\\\");
      case '\n' -> out.write("\\n");
      case '\r' -> out.write("\\r");
      case '\t' -> out.write("\\t");
      case '\f' -> out.write("\\f");
      case '\b' -> out.write("\\b");
      default -> {
        if (c >= ' ' && c <= '~') {
          out.write(c);
        } else {
          out.write("\\u");
          for (int shift = 12; shift >= 0; shift -= 4) {
            out.write(HEX[c >> shift & 0xf]);
          }
        }
      }
    }
  }
}
