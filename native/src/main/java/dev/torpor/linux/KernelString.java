// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * Names as the kernel has them, any bytes but NUL, kept in a Java string without loss.
 *
 * <p>Bytes that form UTF-8 become the characters they mean; every other byte b becomes the lone
 * surrogate U+DC00 + b, as Python's {@code surrogateescape} does. The JVM's own path conversion
 * depends on the caller's locale and loses such bytes, so names that come from or go to the kernel
 * pass here.
 */
public final class KernelString {
  private static final char ESCAPE = 0xdc00;

  /** What a decoder of the JDK makes of bytes that are no UTF-8. */
  private static final char REPLACEMENT = 0xfffd;

  private KernelString() {}

  /** The string that stands for {@code name}. */
  public static String decode(byte[] name) {
    String text = new String(name, StandardCharsets.UTF_8);
    return text.indexOf(REPLACEMENT) < 0 ? text : decodeUtf8(name);
  }

  private static String decodeUtf8(byte[] name) {
    var decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(name);
    CharBuffer out = CharBuffer.allocate(name.length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        break;
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE + (in.get() & 0xff)));
      }
      decoder.reset();
    }
    return out.flip().toString();
  }

  /**
   * The bytes that {@code text} stands for.
   *
   * @throws IllegalArgumentException if it contains NUL or a surrogate that stands for no byte
   */
  public static byte[] encode(String text) {
    byte[] ascii = new byte[text.length()];
    for (int i = 0; i < ascii.length; i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException("a name cannot contain NUL: " + text.replace('\0', '?'));
      }
      if (c >= 0x80) {
        return encodeUtf8(text);
      }
      ascii[i] = (byte) c;
    }
    return ascii;
  }

  private static byte[] encodeUtf8(String text) {
    ByteBuffer out = ByteBuffer.allocate(3 * text.length());
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new IllegalArgumentException("a name cannot contain NUL: " + text.replace('\0', '?'));
      }
      boolean escaped = c >= ESCAPE + 0x80 && c <= ESCAPE + 0xff;
      if (escaped && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)))) {
        putUtf8(out, text, start, i);
        out.put((byte) (c - ESCAPE));
        start = i + 1;
      }
    }
    putUtf8(out, text, start, text.length());
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    return bytes;
  }

  private static void putUtf8(ByteBuffer out, String text, int start, int end) {
    try {
      out.put(StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text, start, end)));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a name with a lone surrogate that stands for no byte", e);
    }
  }
}
