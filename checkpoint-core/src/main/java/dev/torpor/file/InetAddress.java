// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.inet_sk_entryOrBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Addresses as images have them: one or four words in network byte order. */
final class InetAddress {
  private static final int V6_BYTES = 16;

  /** Where two bytes of ones precede an IPv4 address. */
  private static final int MAPPED = 10;

  private static final int LOOPBACK_NET = 127;

  private InetAddress() {}

  static byte[] bytes(List<Integer> words) {
    ByteBuffer bytes =
        ByteBuffer.allocate(words.size() * Integer.BYTES).order(ByteOrder.nativeOrder());
    for (int word : words) {
      bytes.putInt(word);
    }
    return bytes.array();
  }

  /** Whether it is no address in particular, 0.0.0.0 or [::]. */
  static boolean isAny(byte[] ip) {
    for (byte part : ip) {
      if (part != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is in 127.0.0.0/8, or [::1]. */
  static boolean isLoopback(byte[] ip) {
    if (ip.length != V6_BYTES) {
      return ip[0] == LOOPBACK_NET;
    }
    byte[] start = ip.clone();
    start[V6_BYTES - 1] = 0;
    return ip[V6_BYTES - 1] == 1 && isAny(start);
  }

  /** The IPv4 address that an IPv6 socket shows as {@code ::ffff:10.0.0.1}; else the same. */
  static byte[] unmapped(byte[] ip) {
    if (ip.length != V6_BYTES || ip[MAPPED] != -1 || ip[MAPPED + 1] != -1) {
      return ip;
    }
    for (int at = 0; at < MAPPED; at++) {
      if (ip[at] != 0) {
        return ip;
      }
    }
    return Arrays.copyOfRange(ip, MAPPED + 2, V6_BYTES);
  }

  /** The loopback address that a socket with an address can reach. */
  static byte[] loopbackOf(byte[] ip) {
    byte[] loopback = new byte[ip.length];
    loopback[ip.length - 1] = 1;
    if (unmapped(ip).length == Integer.BYTES) {
      loopback[ip.length - Integer.BYTES] = LOOPBACK_NET;
      if (ip.length == V6_BYTES) {
        Arrays.fill(loopback, MAPPED, MAPPED + 2, (byte) -1);
      }
    }
    return loopback;
  }

  /** {@code 10.0.0.1:80}, {@code [::1]:80}. */
  static String local(inet_sk_entryOrBuilder socket) {
    return show(bytes(socket.getSrcAddrList()), socket.getSrcPort());
  }

  static String remote(inet_sk_entryOrBuilder socket) {
    return show(bytes(socket.getDstAddrList()), socket.getDstPort());
  }

  static String show(byte[] ip, int port) {
    return (ip.length == V6_BYTES ? "[" + show(ip) + "]" : show(ip)) + ":" + port;
  }

  /** {@code 10.0.0.1}, {@code ::1}. */
  static String show(byte[] ip) {
    if (ip.length == V6_BYTES) {
      return showV6(ByteBuffer.wrap(ip));
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < ip.length; i++) {
      out.append(i == 0 ? "" : ".").append(ip[i] & 0xff);
    }
    return out.toString();
  }

  /** The longest run of zeros, if it is more than one, is left out; RFC 5952. */
  private static String showV6(ByteBuffer ip) {
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int length = 0;
      while (i + length < 8 && ip.getShort(2 * (i + length)) == 0) {
        length++;
      }
      if (length > bestLength) {
        best = i;
        bestLength = length;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        out.append("::");
        i += bestLength - 1;
      } else {
        boolean first = i == 0 || (best >= 0 && i == best + bestLength);
        out.append(first ? "" : ":").append(Integer.toHexString(ip.getShort(2 * i) & 0xffff));
      }
    }
    return out.toString();
  }
}
