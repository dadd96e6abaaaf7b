// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.nio.ByteBuffer;

/**
 * A UDP datagram with the header of IP before it, as a raw socket with IP_HDRINCL sends it; RFC
 * 768, 791, 8200.
 *
 * @param from address of the sender, 4 or 16 bytes
 * @param fromPort of the sender
 * @param to address, of the same length
 * @param toPort of the receiver
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
record UdpPacket(byte[] from, int fromPort, byte[] to, int toPort) {
  private static final int UDP = 17;
  private static final int IP4_BYTES = 20;
  private static final int IP6_BYTES = 40;
  private static final int HEADER_BYTES = 8;
  private static final int CHECKSUM = 6;
  private static final int VERSION_4_AND_WORDS = 0x45;
  private static final int VERSION_6 = 6;

  /** All of it. The kernel fills in the checksum of the older header. */
  byte[] bytes(int ttl, int tos, byte[] payload) {
    int length = HEADER_BYTES + payload.length;
    boolean v4 = from.length == Integer.BYTES;
    int start = v4 ? IP4_BYTES : IP6_BYTES;
    ByteBuffer packet = ByteBuffer.allocate(start + length);
    if (v4) {
      packet.put((byte) VERSION_4_AND_WORDS).put((byte) tos).putShort((short) (start + length));
      packet.putInt(0).put((byte) ttl).put((byte) UDP).putShort((short) 0).put(from).put(to);
    } else {
      packet.putInt(VERSION_6 << 28 | tos << 20).putShort((short) length);
      packet.put((byte) UDP).put((byte) ttl).put(from).put(to);
    }
    packet.putShort((short) fromPort).putShort((short) toPort).putShort((short) length);
    packet.putShort((short) 0).put(payload);
    packet.putShort(start + CHECKSUM, (short) checksum(packet, start, length));
    return packet.array();
  }

  /** Over the datagram, both addresses, protocol and length; 0 would mean that there is none. */
  private int checksum(ByteBuffer packet, int start, int length) {
    long sum = UDP + length + sum(ByteBuffer.wrap(from)) + sum(ByteBuffer.wrap(to));
    sum += sum(packet.slice(start, length));
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum == 0xffff ? 0xffff : (int) ~sum & 0xffff;
  }

  private static long sum(ByteBuffer bytes) {
    long sum = 0;
    int at = 0;
    for (; at + 1 < bytes.limit(); at += Short.BYTES) {
      sum += bytes.getShort(at) & 0xffff;
    }
    return at < bytes.limit() ? sum + ((bytes.get(at) & 0xff) << 8) : sum;
  }
}
