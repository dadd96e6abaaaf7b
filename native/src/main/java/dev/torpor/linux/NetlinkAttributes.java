// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Netlink.Nlattr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The attributes of a message of netlink(7), or of another attribute, in their order. */
public final class NetlinkAttributes {
  private final Map<Integer, byte[]> values = new LinkedHashMap<>();

  private NetlinkAttributes() {}

  /**
   * Reads them.
   *
   * @param from where in the bytes the first begins
   * @throws IllegalArgumentException if one of them is longer than what is there
   */
  public static NetlinkAttributes of(byte[] bytes, int from) {
    NetlinkAttributes read = new NetlinkAttributes();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int at = from;
    while (at < bytes.length) {
      int left = bytes.length - at;
      int length = left < Nlattr.SIZEOF ? 0 : in.getShort(at + Nlattr.nla_len) & 0xffff;
      if (length < Nlattr.SIZEOF || length > left) {
        throw new IllegalArgumentException("a message ends within an attribute");
      }
      int type = in.getShort(at + Nlattr.nla_type) & 0xffff & Netlink.NLA_TYPE_MASK;
      read.values.put(type, Arrays.copyOfRange(bytes, at + Nlattr.SIZEOF, at + length));
      at += (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
    }
    return read;
  }

  /** Which there are. */
  public Set<Integer> types() {
    return values.keySet();
  }

  /** Whether there is one of a type. */
  public boolean has(int attribute) {
    return values.containsKey(attribute);
  }

  /** The value of an attribute; null if there is none of this type. */
  public byte[] bytes(int attribute) {
    byte[] value = values.get(attribute);
    return value == null ? null : value.clone();
  }

  /** The value of an attribute of 8, 16 or 32 bits, or {@code absent}. */
  public int number(int attribute, int absent) {
    byte[] value = values.get(attribute);
    if (value == null) {
      return absent;
    }
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
    return switch (value.length) {
      case Byte.BYTES -> in.get() & 0xff;
      case Short.BYTES -> in.getShort() & 0xffff;
      case Integer.BYTES -> in.getInt();
      default -> absent;
    };
  }

  /** The value of an attribute up to its NUL; the empty string if there is none of this type. */
  public String text(int attribute) {
    byte[] value = values.getOrDefault(attribute, new byte[0]);
    int end = 0;
    while (end < value.length && value[end] != 0) {
      end++;
    }
    return new String(value, 0, end, StandardCharsets.ISO_8859_1);
  }

  /** The attributes within an attribute; none if there is none of this type. */
  public NetlinkAttributes nested(int attribute) {
    return of(values.getOrDefault(attribute, new byte[0]), 0);
  }
}
