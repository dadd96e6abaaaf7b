// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Netlink.Nlattr;
import dev.torpor.linux.Netlink.Nlmsghdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One message of netlink(7) in the making; numbers are in the host's byte order. */
public final class NetlinkMessage {
  private ByteBuffer out = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
  private final int attributesAt;

  /**
   * A message without attributes.
   *
   * @param type such as {@link Netlink#RTM_NEWLINK}
   * @param flags NLM_F_* besides REQUEST and ACK
   * @param header of the type's own, such as a {@code struct ifinfomsg}
   */
  public NetlinkMessage(int type, int flags, byte[] header) {
    out.putShort(Nlmsghdr.nlmsg_type, (short) type);
    int all = flags | Netlink.NLM_F_REQUEST | Netlink.NLM_F_ACK;
    out.putShort(Nlmsghdr.nlmsg_flags, (short) all);
    out.position(Nlmsghdr.SIZEOF);
    room(align(header.length));
    int end = out.position() + align(header.length);
    out.put(header).position(end);
    attributesAt = end;
  }

  /** Appends bytes. */
  public NetlinkMessage bytes(int attribute, byte[] value) {
    room(Nlattr.SIZEOF + align(value.length));
    int end = out.position() + Nlattr.SIZEOF + align(value.length);
    out.putShort((short) (Nlattr.SIZEOF + value.length)).putShort((short) attribute);
    out.put(value).position(end);
    return this;
  }

  /** Appends 32 bits. */
  public NetlinkMessage number(int attribute, int value) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    return bytes(attribute, bytes.putInt(value).array());
  }

  /** Appends a string. */
  public NetlinkMessage text(int attribute, String value) {
    byte[] text = value.getBytes(StandardCharsets.ISO_8859_1);
    return bytes(attribute, Arrays.copyOf(text, text.length + 1));
  }

  /** Appends what {@code content} appends, as one attribute that begins with {@code header}. */
  public NetlinkMessage nested(int attribute, byte[] header, Runnable content) {
    int start = out.position();
    bytes(attribute, header);
    content.run();
    out.putShort(start + Nlattr.nla_len, (short) (out.position() - start));
    return this;
  }

  /** Appends what {@code content} appends, as one attribute. */
  public NetlinkMessage nested(int attribute, Runnable content) {
    return nested(attribute, new byte[0], content);
  }

  /** Appends attributes that are put together already. */
  public NetlinkMessage attributes(byte[] whole) {
    room(align(whole.length));
    int end = out.position() + align(whole.length);
    out.put(whole).position(end);
    return this;
  }

  private static int align(int length) {
    return (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
  }

  private void room(int bytes) {
    if (out.remaining() < bytes) {
      int position = out.position();
      byte[] longer = Arrays.copyOf(out.array(), 2 * out.capacity() + bytes);
      out = ByteBuffer.wrap(longer).order(ByteOrder.nativeOrder()).position(position);
    }
  }

  /** All that was appended. */
  public byte[] attributes() {
    return Arrays.copyOfRange(out.array(), attributesAt, out.position());
  }

  /** The message, with its header; its number is 0. */
  public byte[] bytes() {
    out.putInt(Nlmsghdr.nlmsg_len, out.position());
    return Arrays.copyOf(out.array(), out.position());
  }
}
