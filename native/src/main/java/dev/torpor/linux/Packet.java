// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Sockets of AF_PACKET, packet(7). include/uapi/linux/if_packet.h. */
public final class Packet {
  public static final int PACKET_ADD_MEMBERSHIP = 1;
  public static final int PACKET_COPY_THRESH = 7;
  public static final int PACKET_AUXDATA = 8;
  public static final int PACKET_ORIGDEV = 9;
  public static final int PACKET_VERSION = 10;
  public static final int PACKET_RESERVE = 12;
  public static final int PACKET_LOSS = 14;
  public static final int PACKET_VNET_HDR = 15;
  public static final int PACKET_TIMESTAMP = 17;
  public static final int PACKET_FANOUT = 18;
  public static final int PACKET_TX_HAS_OFF = 19;
  public static final int PACKET_QDISC_BYPASS = 20;
  public static final int PACKET_IGNORE_OUTGOING = 23;
  public static final int PACKET_VNET_HDR_SZ = 24;
  public static final int PACKET_FANOUT_CBPF = 6;
  public static final int PACKET_FANOUT_EBPF = 7;

  private Packet() {}

  /** Offsets within {@code struct packet_mreq_max}. */
  public static final class PacketMreq {
    public static final int SIZEOF = 40;
    public static final int mr_ifindex = 0;
    public static final int mr_type = 4;
    public static final int mr_alen = 6;
    public static final int mr_address = 8;

    private PacketMreq() {}
  }
}
