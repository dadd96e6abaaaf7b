// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Nlmsghdr;
import dev.torpor.linux.NetlinkAttributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One message of a file that {@code ip address|route|rule save} of iproute2 wrote: a word that says
 * which of them it was, then the messages of the kernel's answer as they came, netlink(7).
 *
 * @param header the type's own, such as a {@code struct rtmsg}
 * @param attributes behind it
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SavedMessage(byte[] header, NetlinkAttributes attributes) {
  /**
   * Takes one apart.
   *
   * @param message without its netlink header
   * @param headerBytes of the type's own
   * @throws IllegalArgumentException if it is cut off
   */
  static SavedMessage of(byte[] message, int headerBytes) {
    if (message.length < headerBytes) {
      throw new IllegalArgumentException("a message ends within its header");
    }
    return new SavedMessage(
        Arrays.copyOf(message, headerBytes), NetlinkAttributes.of(message, headerBytes));
  }

  /** The same of several. */
  static List<SavedMessage> of(List<byte[]> messages, int headerBytes) {
    List<SavedMessage> apart = new ArrayList<>(messages.size());
    for (byte[] message : messages) {
      apart.add(of(message, headerBytes));
    }
    return apart;
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
    byte[] bytes = image.bytes();
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
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
      messages.add(
          read(image, Arrays.copyOfRange(bytes, at + Nlmsghdr.SIZEOF, at + length), headerBytes));
      at += align(length);
    }
    return messages;
  }

  private static SavedMessage read(NetImage image, byte[] message, int headerBytes) {
    try {
      return of(message, headerBytes);
    } catch (IllegalArgumentException e) {
      throw image.damaged(e);
    }
  }

  /**
   * Writes a whole file.
   *
   * @param messages without their netlink headers
   */
  static void writeAll(FileChannel file, int magic, int type, List<byte[]> messages) {
    int length = Integer.BYTES;
    for (byte[] message : messages) {
      length += align(Nlmsghdr.SIZEOF + message.length);
    }
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder()).putInt(magic);
    for (byte[] message : messages) {
      int at = out.position();
      out.putInt(at + Nlmsghdr.nlmsg_len, Nlmsghdr.SIZEOF + message.length);
      out.putShort(at + Nlmsghdr.nlmsg_type, (short) type);
      out.putShort(at + Nlmsghdr.nlmsg_flags, (short) Netlink.NLM_F_MULTI);
      out.put(at + Nlmsghdr.SIZEOF, message);
      out.position(at + align(Nlmsghdr.SIZEOF + message.length));
    }
    try (file) {
      for (out.flip(); out.hasRemaining(); ) {
        file.write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int align(int length) {
    return (length + Netlink.NLMSG_ALIGNTO - 1) & -Netlink.NLMSG_ALIGNTO;
  }

  /** The byte of the header at an offset. */
  int headerByte(int offset) {
    return header[offset] & 0xff;
  }

  /** The 16 bits of the header at an offset. */
  int headerShort(int offset) {
    return in().getShort(offset) & 0xffff;
  }

  /** The 32 bits of the header at an offset. */
  int headerInt(int offset) {
    return in().getInt(offset);
  }

  private ByteBuffer in() {
    return ByteBuffer.wrap(header).order(ByteOrder.nativeOrder());
  }

  /** The header with other 32 bits at an offset. */
  byte[] headerWith(int offset, int value) {
    byte[] copy = header.clone();
    ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()).putInt(offset, value);
    return copy;
  }
}
