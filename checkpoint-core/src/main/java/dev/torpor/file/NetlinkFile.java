// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.netlink_sk_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Sockaddr.SockaddrNl;
import dev.torpor.linux.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A netlink socket, netlink(7): its port id, memberships, peer and options.
 *
 * <p>What a protocol keeps for a socket that has spoken to it (queues of packets, registrations of
 * devices) is told by nobody. Only those that keep nothing are carried in that state; a socket that
 * has no port id yet has not spoken.
 */
public final class NetlinkFile implements FileRoom {
  /** Options that are on or off; images hold bit 1 &lt;&lt; NETLINK_*. */
  private static final int[] OPTIONS = {
    Netlink.NETLINK_PKTINFO,
    Netlink.NETLINK_BROADCAST_ERROR,
    Netlink.NETLINK_NO_ENOBUFS,
    Netlink.NETLINK_LISTEN_ALL_NSID,
    Netlink.NETLINK_CAP_ACK,
    Netlink.NETLINK_EXT_ACK,
    Netlink.NETLINK_GET_STRICT_CHK
  };

  /** Kernels have some hundred groups of a protocol at most. */
  private static final int MAX_GROUPS_BYTES = 4096;

  /** NETLINK_CONNECTED of CRIU's images, and of the kernel's own netlink_diag. */
  private static final int CONNECTED = 1;

  @Override
  public fd_types type() {
    return fd_types.NETLINKSK;
  }

  @Override
  public boolean comesBackInFlight() {
    return true;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.isSocketOf(Socket.AF_NETLINK);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int fd = descriptor.borrowed();
    int protocol = descriptor.socketKind().protocol();
    int portId = word(Socket.getsockname(fd), SockaddrNl.nl_pid);
    refuseHiddenState(descriptor, protocol, portId);
    refuseWaiting(descriptor);
    netlink_sk_entry.Builder socket =
        netlink_sk_entry
            .newBuilder()
            .setId(id)
            .setIno((int) descriptor.stat().ino())
            .setProtocol(protocol)
            .setFlags(descriptor.flags())
            .setPortid(portId)
            .addAllGroups(groups(descriptor, portId))
            .setFown(capture.owner(descriptor))
            .setOpts(
                SocketOptions.capture(descriptor, true, capture).toBuilder()
                    .addAllExtraOpts(
                        SocketExtras.ofLocal(
                            descriptor, Socket.AF_NETLINK, Socket.SOCK_RAW, protocol, capture)))
            .setNsId(SocketOptions.netNsId(descriptor, capture.context()));
    capturePeer(Socket.getpeername(fd), socket);
    captureOptions(fd, socket);
    return file_entry.newBuilder().setType(type()).setId(id).setNlsk(socket).build();
  }

  private static void refuseHiddenState(Descriptor descriptor, int protocol, int portId) {
    boolean keepsNothing =
        protocol == Netlink.NETLINK_ROUTE
            || protocol == Netlink.NETLINK_SOCK_DIAG
            || protocol == Netlink.NETLINK_KOBJECT_UEVENT;
    if (!keepsNothing && portId != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a netlink socket of protocol "
              + protocol
              + " that has been used: nobody tells what the kernel keeps for it; let the program"
              + " close it before the dump");
    }
  }

  private static void refuseWaiting(Descriptor descriptor) {
    int events = Poll.poll(descriptor.borrowed(), Poll.POLLIN, 0);
    if ((events & (Poll.POLLIN | Poll.POLLERR)) != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "answers or events of the kernel wait in a netlink socket, or some were lost; not"
              + " carried, let the program read them before the dump");
    }
  }

  /** Words of 32 groups each, the last of them not 0. */
  private static List<Integer> groups(Descriptor descriptor, int portId) {
    List<Integer> words = new ArrayList<>();
    try (NativeMemory memory = NativeMemory.allocate(MAX_GROUPS_BYTES)) {
      int bytes =
          Socket.getsockopt(
              descriptor.borrowed(), Socket.SOL_NETLINK, Netlink.NETLINK_LIST_MEMBERSHIPS, memory);
      for (int at = 0;
          at + Integer.BYTES <= Math.min(bytes, MAX_GROUPS_BYTES);
          at += Integer.BYTES) {
        words.add(memory.getInt(at));
      }
    }
    while (!words.isEmpty() && words.get(words.size() - 1) == 0) {
      words.remove(words.size() - 1);
    }
    if (!words.isEmpty() && portId == 0) {
      // CRIU refuses it in a dump, and loses the groups of such an image.
      throw new UnsupportedException(
          descriptor.subject(),
          "a netlink socket with memberships and without a port id is not carried; let the program"
              + " bind it before the dump");
    }
    return words;
  }

  private static void capturePeer(byte[] peer, netlink_sk_entry.Builder socket) {
    int portId = word(peer, SockaddrNl.nl_pid);
    int groups = word(peer, SockaddrNl.nl_groups);
    // The kernel keeps one group, and gives it as the bit of a mask.
    socket.setDstPortid(portId).setDstGroup(Integer.numberOfTrailingZeros(groups) + 1);
    if (groups == 0) {
      socket.setDstGroup(0);
    }
    socket.setState(portId != 0 || groups != 0 ? CONNECTED : 0);
  }

  private static void captureOptions(int fd, netlink_sk_entry.Builder socket) {
    int type = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_TYPE);
    if (type != Socket.SOCK_RAW) {
      socket.setType(type);
    }
    int options = 0;
    for (int option : OPTIONS) {
      if (Socket.getInt(fd, Socket.SOL_NETLINK, option) != 0) {
        options |= 1 << option;
      }
    }
    if (options != 0) {
      socket.setOptions(options);
    }
  }

  private static int word(byte[] address, int at) {
    return ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).getInt(at);
  }

  @Override
  public String describe(file_entry entry) {
    netlink_sk_entry socket = entry.getNlsk();
    return "netlink, protocol "
        + socket.getProtocol()
        + ", port id "
        + Integer.toUnsignedString(socket.getPortid());
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getNlsk().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getNlsk().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    netlink_sk_entry socket = entry.getNlsk();
    int fd =
        plan.place(
            entry,
            plan.call(entry, "socket", Nr.SYS_socket)
                .arg(Socket.AF_NETLINK)
                .arg(socket.hasType() ? socket.getType() : Socket.SOCK_RAW)
                .arg(socket.getProtocol()));
    SocketOptions.planBeforeBind(entry, plan, fd, socket.getOpts());
    if (socket.getPortid() != 0) {
      address(entry, plan, fd, "bind", Nr.SYS_bind, Sockaddr.netlink(socket.getPortid(), 0));
    }
    planGroups(entry, plan, fd);
    if (socket.getState() == CONNECTED) {
      int mask = socket.getDstGroup() == 0 ? 0 : 1 << (socket.getDstGroup() - 1);
      byte[] peer = Sockaddr.netlink(socket.getDstPortid(), mask);
      address(entry, plan, fd, "connect", Nr.SYS_connect, peer);
    }
    for (int option : OPTIONS) {
      if ((socket.getOptions() & 1 << option) != 0) {
        set(entry, plan, fd, option, 1);
      }
    }
    SocketOptions.plan(entry, plan, fd, socket.getOpts());
    SocketFilter.plan(entry, plan, fd, socket.getOpts());
    SocketOptions.planReuse(entry, plan, fd, socket.getOpts());
    SocketExtras.planLocal(entry, plan, fd, socket.getOpts());
    plan.setFlags(entry, fd, socket.getFlags());
  }

  /** One by one: bind takes the first 32 only. */
  private static void planGroups(file_entry entry, OpenPlan plan, int fd) {
    List<Integer> words = entry.getNlsk().getGroupsList();
    for (int group = 0; group < words.size() * Integer.SIZE; group++) {
      if ((words.get(group / Integer.SIZE) >>> (group % Integer.SIZE) & 1) != 0) {
        set(entry, plan, fd, Netlink.NETLINK_ADD_MEMBERSHIP, group + 1);
      }
    }
  }

  private static void set(file_entry entry, OpenPlan plan, int fd, int option, int value) {
    SocketOptions.setInt(
        entry, plan, fd, Socket.SOL_NETLINK, option, "SOL_NETLINK " + option, value);
  }

  private static void address(
      file_entry entry, OpenPlan plan, int fd, String operation, int nr, byte[] sockaddr) {
    Data address = plan.program().bytes(sockaddr);
    plan.call(entry, operation, nr).arg(fd).arg(address).arg(address.lengthBytes());
  }
}
