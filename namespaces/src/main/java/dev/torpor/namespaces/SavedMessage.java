// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Nlattr;
import dev.torpor.linux.Netlink.Nlmsghdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One message of a file that {@code ip address|route|rule save} of iproute2 wrote: a word that says
 * which of them it was, then the messages of the kernel's answer as they came, netlink(7).
 */
final class SavedMessage {
  private final ByteBuffer header;
  private final Map<Integer, ByteBuffer> attributes = new HashMap<>();

  private SavedMessage(ByteBuffer header) {
    this.header = header;
  }

  /**
   * Reads a whole file.
   *
   * @param magic its first word
   * @param type of all messages, RTM_NEW*
   * @param headerBytes of each, before its attributes
   * @return none if the file is empty, as one is that could not be asked for
   */
  static List<SavedMessage> readAll(NetImage image, int magic, int type, int headerBytes) {
    ByteBuffer file = ByteBuffer.wrap(image.bytes()).order(ByteOrder.nativeOrder());
    List<SavedMessage> messages = new ArrayList<>();
    if (!file.hasRemaining()) {
      return messages;
    }
    if (file.limit() < Integer.BYTES || file.getInt(0) != magic) {
      throw image.damaged("it does not begin with 0x" + Integer.toHexString(magic));
    }
    int at = Integer.BYTES;
    while (at < file.limit()) {
      int left = file.limit() - at;
      int length = left < Nlmsghdr.SIZEOF ? 0 : file.getInt(at + Nlmsghdr.nlmsg_len);
      if (length < Nlmsghdr.SIZEOF + headerBytes
          || length > left
          || file.getShort(at + Nlmsghdr.nlmsg_type) != type) {
        throw image.damaged("there is no message of type " + type + " at offset " + at);
      }
      messages.add(read(image, piece(file, at, length), headerBytes));
      at += align(length);
    }
    return messages;
  }

  private static SavedMessage read(NetImage image, ByteBuffer whole, int headerBytes) {
    SavedMessage message = new SavedMessage(piece(whole, Nlmsghdr.SIZEOF, headerBytes));
    int at = Nlmsghdr.SIZEOF + headerBytes;
    while (at < whole.limit()) {
      int left = whole.limit() - at;
      int length = left < Nlattr.SIZEOF ? 0 : whole.getShort(at + Nlattr.nla_len) & 0xffff;
      if (length < Nlattr.SIZEOF || length > left) {
        throw image.damaged("a message ends within an attribute");
      }
      message.attributes.put(
          whole.getShort(at + Nlattr.nla_type) & Netlink.NLA_TYPE_MASK,
          piece(whole, at + Nlattr.SIZEOF, length - Nlattr.SIZEOF));
      at += align(length);
    }
    return message;
  }

  private static ByteBuffer piece(ByteBuffer of, int at, int length) {
    return of.slice(at, length).order(ByteOrder.nativeOrder());
  }

  private static int align(int length) {
    return (length + Netlink.NLMSG_ALIGNTO - 1) & -Netlink.NLMSG_ALIGNTO;
  }

  /** The byte of the header at an offset. */
  int headerByte(int offset) {
    return header.get(offset) & 0xff;
  }

  /** The 32 bits of the header at an offset. */
  int headerInt(int offset) {
    return header.getInt(offset);
  }

  /** Which attributes it has. */
  Iterable<Integer> attributes() {
    return attributes.keySet();
  }

  /** The bytes of an attribute; null if it has none of this type. */
  byte[] bytes(int attribute) {
    ByteBuffer value = attributes.get(attribute);
    if (value == null) {
      return null;
    }
    byte[] bytes = new byte[value.limit()];
    value.get(0, bytes);
    return bytes;
  }

  /** The value of an attribute of 32 bits, or {@code absent}. */
  int number(int attribute, int absent) {
    ByteBuffer value = attributes.get(attribute);
    return value == null || value.limit() != Integer.BYTES ? absent : value.getInt(0);
  }
}
