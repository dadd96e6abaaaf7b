// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.packet_mclist;
import dev.torpor.image.proto.packet_sock_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Packet;
import dev.torpor.linux.Packet.PacketMreq;
import dev.torpor.linux.SockDiag;
import dev.torpor.linux.SockDiag.PacketDiagInfo;
import dev.torpor.linux.SockDiag.PacketDiagMclist;
import dev.torpor.linux.Sockaddr.SockaddrLl;
import dev.torpor.linux.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A packet socket, packet(7): protocol and device, options, filter, memberships (promiscuous mode
 * among them), and the group with which it shares what comes (PACKET_FANOUT).
 *
 * <p>One with a ring is refused: nobody tells at which frame the kernel goes on, and a new ring
 * begins with the first, where the program does not look.
 */
public final class PacketSocket implements FileRoom {
  /** struct ifreq: the name, then the number. */
  private static final int IFREQ_BYTES = 40;

  /** So that the number of the device, behind its name, is sll_ifindex. */
  private static final int ADDRESS_AT = Netlink.IFNAMSIZ - SockaddrLl.sll_ifindex;

  /** struct sockaddr: the family, then as much of the name as there is room for. */
  private static final int SPKT_BYTES = 16;

  private static final int SPKT_NAME_AT = 2;

  @Override
  public fd_types type() {
    return fd_types.PACKETSK;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.isSocketOf(Socket.AF_PACKET);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    PacketSockets.State state =
        capture.state(PacketSockets.class, PacketSockets::new).of(descriptor);
    if (state.hasRing()) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a packet socket with a ring (PACKET_RX_RING, PACKET_TX_RING): nobody tells how far the"
              + " kernel is in it; not carried, let the program close it before the dump");
    }
    int type = descriptor.socketKind().type();
    packet_sock_entry.Builder socket =
        packet_sock_entry
            .newBuilder()
            .setId(id)
            .setType(type)
            .setProtocol(Short.toUnsignedInt(Short.reverseBytes((short) state.protocol())))
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor))
            .setOpts(
                SocketOptions.capture(descriptor, false, capture).toBuilder()
                    .addAllExtraOpts(SocketExtras.ofPacket(descriptor, type, capture)))
            .setNsId(SocketOptions.netNsId(descriptor, capture.context()));
    captureInfo(descriptor, state, socket);
    captureMemberships(descriptor, state.memberships(), socket);
    if (state.hasFanout()) {
      captureFanout(descriptor, socket);
    }
    if (!Rehearsal.of(capture.context())) {
      RawSocket.warnOfWaiting(descriptor, capture);
    }
    return file_entry.newBuilder().setType(type()).setId(id).setPsk(socket).build();
  }

  private static void captureInfo(
      Descriptor descriptor, PacketSockets.State state, packet_sock_entry.Builder socket) {
    int index = state.info(PacketDiagInfo.pdi_index);
    int flags = state.info(PacketDiagInfo.pdi_flags);
    socket
        .setIfindex(index)
        .setVersion(state.info(PacketDiagInfo.pdi_version))
        .setReserve(state.info(PacketDiagInfo.pdi_reserve))
        .setCopyThresh(state.info(PacketDiagInfo.pdi_copy_thresh))
        .setTimestamp(state.info(PacketDiagInfo.pdi_tstamp))
        .setAuxData((flags & SockDiag.PDI_AUXDATA) != 0)
        .setOrigDev((flags & SockDiag.PDI_ORIGDEV) != 0)
        .setVnetHdr((flags & SockDiag.PDI_VNETHDR) != 0)
        .setLoss((flags & SockDiag.PDI_LOSS) != 0);
    if (index != 0) {
      socket.setDevice(device(descriptor, index));
    }
  }

  /** The name that a device has in the network namespace of the socket. */
  private static String device(Descriptor descriptor, int index) {
    try (NativeMemory request = NativeMemory.allocate(IFREQ_BYTES)) {
      request.putInt(Netlink.IFNAMSIZ, index);
      Ioctl.ioctl(descriptor.borrowed(), Ioctl.SIOCGIFNAME, "SIOCGIFNAME", request);
      return request.getString(0);
    } catch (ErrnoException e) {
      throw new UnsupportedException(
          descriptor.subject(),
          "the network device of the packet socket is gone; let the program close it before the"
              + " dump");
    }
  }

  private static void captureMemberships(
      Descriptor descriptor, ByteBuffer all, packet_sock_entry.Builder socket) {
    for (int at = 0; at + PacketDiagMclist.SIZEOF <= all.limit(); at += PacketDiagMclist.SIZEOF) {
      int index = all.getInt(at + PacketDiagMclist.pdmc_index);
      byte[] address = new byte[all.getShort(at + PacketDiagMclist.pdmc_alen)];
      all.get(at + PacketDiagMclist.pdmc_addr, address);
      packet_mclist membership =
          packet_mclist
              .newBuilder()
              .setIndex(index)
              .setType(all.getShort(at + PacketDiagMclist.pdmc_type))
              .setAddr(ByteString.copyFrom(address))
              .setDevice(device(descriptor, index))
              .build();
      // Each time that it has joined, it must leave.
      for (int i = all.getInt(at + PacketDiagMclist.pdmc_count); i > 0; i--) {
        socket.addMclist(membership);
      }
    }
  }

  private static void captureFanout(Descriptor descriptor, packet_sock_entry.Builder socket) {
    // The number of the group, above it the kind and flags, which sock_diag leaves out.
    int fanout = Socket.getInt(descriptor.borrowed(), Socket.SOL_PACKET, Packet.PACKET_FANOUT);
    int kind = fanout >>> Short.SIZE & 0xff;
    if (kind == Packet.PACKET_FANOUT_CBPF || kind == Packet.PACKET_FANOUT_EBPF) {
      throw new UnsupportedException(
          descriptor.subject(),
          "packets are shared out by a BPF program (PACKET_FANOUT_DATA), which the kernel does not"
              + " give away; not carried, let the program close it before the dump");
    }
    socket.setFanout(fanout);
  }

  @Override
  public String describe(file_entry entry) {
    packet_sock_entry socket = entry.getPsk();
    String at = socket.hasDevice() ? socket.getDevice() : "device " + socket.getIfindex();
    int protocol = Short.toUnsignedInt(Short.reverseBytes((short) socket.getProtocol()));
    return "packet, protocol "
        + Integer.toHexString(protocol)
        + (socket.getIfindex() == 0 ? "" : ", at " + at);
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getPsk().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getPsk().getFlags();
  }

  /**
   * Until it is bound to a protocol nothing comes to it: all that decides what it gets is there by
   * then.
   */
  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    packet_sock_entry socket = entry.getPsk();
    if (socket.hasRxRing() || socket.hasTxRing()) {
      throw new UnsupportedException(
          plan.purpose(entry), "a packet socket with a ring is not carried");
    }
    // One of the obsolete type cannot be told its protocol later.
    boolean obsolete = socket.getType() == Socket.SOCK_PACKET;
    int fd =
        plan.place(
            entry,
            plan.call(entry, "socket", Nr.SYS_socket)
                .arg(Socket.AF_PACKET)
                .arg(socket.getType())
                .arg(obsolete ? socket.getProtocol() : 0));
    SocketOptions.planBeforeBind(entry, plan, fd, socket.getOpts());
    if (!obsolete) {
      planOptions(entry, plan, fd);
    }
    SocketOptions.plan(entry, plan, fd, socket.getOpts());
    SocketFilter.plan(entry, plan, fd, socket.getOpts());
    SocketOptions.planReuse(entry, plan, fd, socket.getOpts());
    SocketExtras.planLocal(entry, plan, fd, socket.getOpts());
    planBind(entry, plan, fd);
    for (packet_mclist membership : socket.getMclistList()) {
      planMembership(entry, plan, fd, membership);
    }
    if (socket.hasFanout()) {
      set(entry, plan, fd, Packet.PACKET_FANOUT, "PACKET_FANOUT", socket.getFanout());
    }
    plan.setFlags(entry, fd, socket.getFlags());
  }

  private static void planOptions(file_entry entry, OpenPlan plan, int fd) {
    packet_sock_entry socket = entry.getPsk();
    set(entry, plan, fd, Packet.PACKET_VERSION, "PACKET_VERSION", socket.getVersion());
    set(entry, plan, fd, Packet.PACKET_RESERVE, "PACKET_RESERVE", socket.getReserve());
    set(entry, plan, fd, Packet.PACKET_TIMESTAMP, "PACKET_TIMESTAMP", socket.getTimestamp());
    int threshold = Packet.PACKET_COPY_THRESH;
    set(entry, plan, fd, threshold, "PACKET_COPY_THRESH", socket.getCopyThresh());
    setIf(socket.getAuxData(), entry, plan, fd, Packet.PACKET_AUXDATA, "PACKET_AUXDATA");
    setIf(socket.getOrigDev(), entry, plan, fd, Packet.PACKET_ORIGDEV, "PACKET_ORIGDEV");
    setIf(socket.getVnetHdr(), entry, plan, fd, Packet.PACKET_VNET_HDR, "PACKET_VNET_HDR");
    setIf(socket.getLoss(), entry, plan, fd, Packet.PACKET_LOSS, "PACKET_LOSS");
  }

  private static void planBind(file_entry entry, OpenPlan plan, int fd) {
    packet_sock_entry socket = entry.getPsk();
    if (socket.getType() == Socket.SOCK_PACKET) {
      if (socket.hasDevice()) {
        byte[] name = KernelString.encode(socket.getDevice());
        int room = SPKT_BYTES - SPKT_NAME_AT - 1;
        Data address =
            plan.program()
                .reserve(SPKT_BYTES)
                .putShort(0, Socket.AF_PACKET)
                .putBytes(SPKT_NAME_AT, Arrays.copyOf(name, Math.min(name.length, room)));
        bind(entry, plan, fd, address, SPKT_BYTES);
      } else if (socket.getIfindex() != 0) {
        throw new UnsupportedException(
            plan.purpose(entry), "a socket of SOCK_PACKET of which CRIU names no device");
      }
      return;
    }
    Data request = plan.program().reserve(IFREQ_BYTES);
    Data address = request.from(ADDRESS_AT);
    if (socket.hasDevice()) {
      planIndex(entry, plan, fd, request, socket.getDevice());
      planFamily(entry, plan, fd, address);
    } else {
      address
          .putShort(SockaddrLl.sll_family, Socket.AF_PACKET)
          .putShort(SockaddrLl.sll_protocol, socket.getProtocol())
          .putInt(SockaddrLl.sll_ifindex, socket.getIfindex());
    }
    bind(entry, plan, fd, address, SockaddrLl.SIZEOF);
  }

  private static void bind(file_entry entry, OpenPlan plan, int fd, Data address, int length) {
    plan.call(entry, "bind", Nr.SYS_bind).arg(fd).arg(address).arg(length);
  }

  /** Devices may have other numbers by now. The kernel puts the number behind the name. */
  private static void planIndex(
      file_entry entry, OpenPlan plan, int fd, Data request, String device) {
    request.putBytes(0, KernelString.encode(device));
    plan.call(entry, "ioctl SIOCGIFINDEX " + device, Nr.SYS_ioctl)
        .arg(fd)
        .arg(Ioctl.SIOCGIFINDEX)
        .arg(request)
        .otherwise("there is no network device " + device + "; make it first");
  }

  /**
   * Family and protocol, in front of that number, stand where the name ends, and the kernel has
   * given that back. They are put there as the value of an option of any 32 bits.
   */
  private static void planFamily(file_entry entry, OpenPlan plan, int fd, Data address) {
    packet_sock_entry socket = entry.getPsk();
    int begin = Socket.AF_PACKET | socket.getProtocol() << Short.SIZE;
    int mark = Socket.SO_MARK;
    SocketOptions.setInt(
        entry, plan, fd, Socket.SOL_SOCKET, mark, "SO_MARK, for its address", begin);
    plan.call(entry, "getsockopt SO_MARK, for its address", Nr.SYS_getsockopt)
        .arg(fd)
        .arg(Socket.SOL_SOCKET)
        .arg(mark)
        .arg(address)
        .arg(plan.program().reserve(Integer.BYTES).putInt(0, Integer.BYTES));
    int wanted = socket.getOpts().getSoMark();
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_SOCKET, mark, "SO_MARK", wanted);
  }

  private static void planMembership(
      file_entry entry, OpenPlan plan, int fd, packet_mclist membership) {
    byte[] address = membership.getAddr().toByteArray();
    int room = PacketMreq.SIZEOF - PacketMreq.mr_address;
    if (address.length > room) {
      throw new UnsupportedException(
          plan.purpose(entry), "a membership with an address of " + address.length + " bytes");
    }
    Data request = plan.program().reserve(Netlink.IFNAMSIZ + PacketMreq.SIZEOF);
    if (membership.hasDevice()) {
      planIndex(entry, plan, fd, request, membership.getDevice());
    } else {
      request.putInt(Netlink.IFNAMSIZ + PacketMreq.mr_ifindex, membership.getIndex());
    }
    request
        .putShort(Netlink.IFNAMSIZ + PacketMreq.mr_type, membership.getType())
        .putShort(Netlink.IFNAMSIZ + PacketMreq.mr_alen, address.length)
        .putBytes(Netlink.IFNAMSIZ + PacketMreq.mr_address, address);
    plan.call(entry, "setsockopt PACKET_ADD_MEMBERSHIP", Nr.SYS_setsockopt)
        .arg(fd)
        .arg(Socket.SOL_PACKET)
        .arg(Packet.PACKET_ADD_MEMBERSHIP)
        .arg(request.from(Netlink.IFNAMSIZ))
        .arg(PacketMreq.SIZEOF);
  }

  private static void setIf(
      boolean wanted, file_entry entry, OpenPlan plan, int fd, int option, String name) {
    if (wanted) {
      set(entry, plan, fd, option, name, 1);
    }
  }

  private static void set(
      file_entry entry, OpenPlan plan, int fd, int option, String name, int value) {
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_PACKET, option, name, value);
  }
}
