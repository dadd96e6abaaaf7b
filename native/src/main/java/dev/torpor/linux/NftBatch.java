// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Netlink.Nlattr;
import dev.torpor.linux.Netlink.Nlmsghdr;
import dev.torpor.linux.Nftables.Nfgenmsg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Changes of nftables that the kernel makes all at once, or none of them. Attributes are appended
 * to the message that was begun last; numbers in them are in network byte order.
 */
public final class NftBatch {
  private ByteBuffer out = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
  private int messageAt;
  private int messages;

  /** A batch without a change. */
  public NftBatch() {
    begin(Nftables.NFNL_MSG_BATCH_BEGIN, 0, Socket.AF_UNSPEC, Nftables.NFNL_SUBSYS_NFTABLES);
  }

  /**
   * Begins a message.
   *
   * @param type NFT_MSG_*
   * @param flags NLM_F_* besides REQUEST and ACK
   * @param family NFPROTO_*
   */
  public NftBatch message(int type, int flags, int family) {
    begin(Nftables.NFNL_SUBSYS_NFTABLES << Byte.SIZE | type, flags | Netlink.NLM_F_ACK, family, 0);
    return this;
  }

  private void begin(int type, int flags, int family, int resource) {
    room(Nlmsghdr.SIZEOF + Nfgenmsg.SIZEOF);
    messageAt = out.position();
    messages++;
    out.putShort(messageAt + Nlmsghdr.nlmsg_type, (short) type);
    out.putShort(messageAt + Nlmsghdr.nlmsg_flags, (short) (flags | Netlink.NLM_F_REQUEST));
    int at = messageAt + Nlmsghdr.SIZEOF;
    out.put(at + Nfgenmsg.nfgen_family, (byte) family);
    // Big-endian.
    out.put(at + Nfgenmsg.res_id, (byte) (resource >> Byte.SIZE));
    out.put(at + Nfgenmsg.res_id + 1, (byte) resource);
    out.position(at + Nfgenmsg.SIZEOF);
    grow();
  }

  /** Appends a string. */
  public NftBatch text(int attribute, String value) {
    byte[] ascii = value.getBytes(StandardCharsets.US_ASCII);
    return bytes(attribute, Arrays.copyOf(ascii, ascii.length + 1));
  }

  /** Appends 32 bits. */
  public NftBatch number(int attribute, int value) {
    return bytes(attribute, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
  }

  /** Appends bytes. */
  public NftBatch bytes(int attribute, byte[] value) {
    int end = open(attribute, value.length);
    out.put(value).position(end);
    grow();
    return this;
  }

  /** Appends what {@code content} appends, as one attribute. */
  public NftBatch nested(int attribute, Runnable content) {
    int start = out.position();
    int end = open(attribute | Netlink.NLA_F_NESTED, 0);
    out.position(end);
    content.run();
    out.putShort(start + Nlattr.nla_len, (short) (out.position() - start));
    grow();
    return this;
  }

  /** Writes the head of an attribute; gives where it ends. */
  private int open(int attribute, int lengthBytes) {
    int padded = (lengthBytes + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
    room(Nlattr.SIZEOF + padded);
    int start = out.position();
    out.putShort(start + Nlattr.nla_len, (short) (Nlattr.SIZEOF + lengthBytes));
    out.putShort(start + Nlattr.nla_type, (short) attribute);
    out.position(start + Nlattr.SIZEOF);
    return start + Nlattr.SIZEOF + padded;
  }

  private void grow() {
    out.putInt(messageAt + Nlmsghdr.nlmsg_len, out.position() - messageAt);
  }

  private void room(int bytes) {
    if (out.remaining() < bytes) {
      int position = out.position();
      byte[] longer = Arrays.copyOf(out.array(), 2 * out.capacity() + bytes);
      out = ByteBuffer.wrap(longer).order(ByteOrder.nativeOrder()).position(position);
    }
  }

  /** How many messages {@link #numbered} gives. */
  int messages() {
    return messages + 1;
  }

  /** All messages, the first of which has this number. */
  byte[] numbered(int firstSequence) {
    begin(Nftables.NFNL_MSG_BATCH_END, 0, Socket.AF_UNSPEC, Nftables.NFNL_SUBSYS_NFTABLES);
    byte[] all = Arrays.copyOf(out.array(), out.position());
    ByteBuffer in = ByteBuffer.wrap(all).order(ByteOrder.nativeOrder());
    int sequence = firstSequence;
    for (int at = 0; at < all.length; at += in.getInt(at + Nlmsghdr.nlmsg_len)) {
      in.putInt(at + Nlmsghdr.nlmsg_seq, sequence++);
    }
    return all;
  }
}
