// SPDX-License-Identifier: Apache-2.0

#include <linux/if_packet.h>
#ifndef PACKET_VNET_HDR_SZ
#define PACKET_VNET_HDR_SZ 24 // not in the 6.1 headers: since Linux 6.5
#endif
// net/packet/internal.h: struct packet_mreq with room for MAX_ADDR_LEN.
struct packet_mreq_max { int mr_ifindex; unsigned short mr_type, mr_alen; unsigned char mr_address[32]; };

#include "layout.h"

CONST(Packet, PACKET_ADD_MEMBERSHIP)
CONST(Packet, PACKET_COPY_THRESH)
CONST(Packet, PACKET_AUXDATA)
CONST(Packet, PACKET_ORIGDEV)
CONST(Packet, PACKET_VERSION)
CONST(Packet, PACKET_RESERVE)
CONST(Packet, PACKET_LOSS)
CONST(Packet, PACKET_VNET_HDR)
CONST(Packet, PACKET_TIMESTAMP)
CONST(Packet, PACKET_FANOUT)
CONST(Packet, PACKET_TX_HAS_OFF)
CONST(Packet, PACKET_QDISC_BYPASS)
CONST(Packet, PACKET_IGNORE_OUTGOING)
CONST(Packet, PACKET_VNET_HDR_SZ)
CONST(Packet, PACKET_FANOUT_CBPF)
CONST(Packet, PACKET_FANOUT_EBPF)

SIZE(Packet, PacketMreq, struct packet_mreq_max)
FIELD(Packet, PacketMreq, mr_ifindex, struct packet_mreq_max, mr_ifindex)
FIELD(Packet, PacketMreq, mr_type, struct packet_mreq_max, mr_type)
FIELD(Packet, PacketMreq, mr_alen, struct packet_mreq_max, mr_alen)
FIELD(Packet, PacketMreq, mr_address, struct packet_mreq_max, mr_address)
