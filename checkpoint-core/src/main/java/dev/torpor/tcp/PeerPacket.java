// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.nio.ByteBuffer;

/**
 * A packet without data as the peer of a connection would send it: the only way to make a socket
 * that has received the peer's FIN, or its confirmation of ours. It passes a lock by its mark.
 */
public final class PeerPacket {
  /** The mark of the socket that sends it. */
  public static final int MARK = LockTable.MARK;

  private static final int FIN = 0x01;
  private static final int ACK = 0x10;
  private static final int TCP_BYTES = 20;
  private static final int V4_BYTES = 20;
  private static final int V6_BYTES = 40;
  private static final int HOPS = 64;

  private PeerPacket() {}

  /**
   * The whole packet, for a raw socket of IPPROTO_RAW.
   *
   * @param sequence of the peer
   * @param acknowledged what it has of ours
   * @param window it offers, as it stands in a header
   * @param fin whether it sends no more
   */
  public static byte[] of(
      Connection connection, int sequence, int acknowledged, int window, boolean fin) {
    boolean v4 = connection.family() == Socket.AF_INET;
    int ipBytes = v4 ? V4_BYTES : V6_BYTES;
    ByteBuffer out = ByteBuffer.allocate(ipBytes + TCP_BYTES);
    if (v4) {
      // The kernel fills in what is 0: length, number, check sum.
      out.put((byte) 0x45).put(8, (byte) HOPS).put(9, (byte) Tcp.IPPROTO_TCP);
      out.position(12).put(connection.remoteIp()).put(connection.localIp());
    } else {
      out.put((byte) 0x60).putShort(4, (short) TCP_BYTES).put(6, (byte) Tcp.IPPROTO_TCP);
      out.put(7, (byte) HOPS).position(8);
      out.put(connection.remoteIp()).put(connection.localIp());
    }
    out.putShort((short) connection.remotePort()).putShort((short) connection.localPort());
    out.putInt(sequence).putInt(acknowledged);
    out.put((byte) ((TCP_BYTES / Integer.BYTES) << 4)).put((byte) (ACK | (fin ? FIN : 0)));
    out.putShort((short) Math.min(window, 0xffff));
    out.putShort(checksum(connection, out.array(), ipBytes));
    return out.array();
  }

  /** RFC 9293, 3.1: over both addresses, the protocol, the length, and the segment. */
  private static short checksum(Connection connection, byte[] packet, int segmentAt) {
    long sum = Tcp.IPPROTO_TCP + TCP_BYTES;
    sum += sum(connection.localIp(), 0) + sum(connection.remoteIp(), 0) + sum(packet, segmentAt);
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (short) ~sum;
  }

  private static long sum(byte[] bytes, int start) {
    long sum = 0;
    for (ByteBuffer in = ByteBuffer.wrap(bytes).position(start); in.hasRemaining(); ) {
      sum += in.getShort() & 0xffff;
    }
    return sum;
  }
}
