// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * IP addresses as CRIU keeps them, one or four 32-bit words in network byte order, and as Python's
 * {@code ipaddress} (3.13 and newer) writes them.
 */
final class Addresses {
  private static final int GROUPS = 8;

  private Addresses() {}

  /** Whether so many words are an address. */
  static boolean isAddress(int wordCount) {
    return wordCount == 1 || wordCount == 4;
  }

  static String format(List<?> words) {
    byte[] bytes = new byte[words.size() * Integer.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((Integer) words.get(i / 4) >>> (8 * (i % 4)));
    }
    return bytes.length == 4 ? dotted(bytes, 0) : colons(bytes);
  }

  private static String dotted(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        + "."
        + (bytes[at + 1] & 0xff)
        + "."
        + (bytes[at + 2] & 0xff)
        + "."
        + (bytes[at + 3] & 0xff);
  }

  private static String colons(byte[] bytes) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    if (isMappedIpv4(groups)) {
      return "::ffff:" + dotted(bytes, 12);
    }
    int start = 0;
    int length = 0;
    for (int i = 0; i < GROUPS; i++) {
      int run = zerosFrom(groups, i);
      if (run > length) {
        start = i;
        length = run;
      }
    }
    if (length < 2) {
      return join(groups, 0, GROUPS);
    }
    return join(groups, 0, start) + "::" + join(groups, start + length, GROUPS);
  }

  private static boolean isMappedIpv4(int[] groups) {
    return zerosFrom(groups, 0) == 5 && groups[5] == 0xffff;
  }

  private static int zerosFrom(int[] groups, int from) {
    int end = from;
    while (end < GROUPS && groups[end] == 0) {
      end++;
    }
    return end - from;
  }

  private static String join(int[] groups, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < to; i++) {
      text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }

  /**
   * The words of an address.
   *
   * @throws NumberFormatException if it is not the text of an address; names are not looked up
   */
  static List<BigInteger> parse(String text) {
    byte[] bytes = bytesOf(text);
    List<BigInteger> words = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += Integer.BYTES) {
      byte[] word = {bytes[at + 3], bytes[at + 2], bytes[at + 1], bytes[at]};
      words.add(new BigInteger(1, word));
    }
    return words;
  }

  private static byte[] bytesOf(String text) {
    boolean sixteenBytes = text.indexOf(':') >= 0;
    String allowed = sixteenBytes ? "[0-9a-fA-F:.]+" : "\\d{1,3}(\\.\\d{1,3}){3}";
    if (!text.matches(allowed)) {
      throw new NumberFormatException("not an IP address: " + text);
    }
    try {
      byte[] bytes = InetAddress.getByName(text).getAddress();
      return sixteenBytes && bytes.length == 4 ? mapped(bytes) : bytes;
    } catch (UnknownHostException e) {
      throw (NumberFormatException)
          new NumberFormatException("not an IP address: " + text).initCause(e);
    }
  }

  /** InetAddress gives a mapped IPv4 address as the four bytes inside. */
  private static byte[] mapped(byte[] ipv4) {
    byte[] bytes = new byte[16];
    Arrays.fill(bytes, 10, 12, (byte) 0xff);
    System.arraycopy(ipv4, 0, bytes, 12, 4);
    return bytes;
  }
}
