// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_membership_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Tcp.GroupFilter;
import dev.torpor.linux.Tcp.GroupReq;
import dev.torpor.linux.Tcp.GroupSourceReq;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * Multicast groups that a UDP socket belongs to: from any source, from some, or from all but some.
 * The kernel lists those of devices only; of each it is asked whether the socket is a member. A
 * restore finds the device by its name.
 */
final class Memberships {
  /** To begin with; each takes 128 bytes. */
  private static final int SOURCES = 16;

  /** A group that any socket belongs to at a device. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Group(int index, String device, byte[] ip) {
    int level() {
      return ip.length == Integer.BYTES ? Socket.SOL_IP : Socket.SOL_IPV6;
    }
  }

  /** Those of the network namespaces that occur in a tree. */
  private static final class Groups {
    private final Map<Long, List<Group>> byNamespace = new HashMap<>();
  }

  private Memberships() {}

  static void capture(Descriptor descriptor, inet_sk_entry.Builder socket, FileCapture capture) {
    Map<Long, List<Group>> known = capture.state(Groups.class, Groups::new).byNamespace;
    long namespace = descriptor.netNsInode();
    List<Group> groups = known.get(namespace);
    if (groups == null) {
      String net = capture.context().proc().root() + "/thread-self/net/";
      groups = InNetNamespace.of(descriptor, () -> list(net));
      known.put(namespace, groups);
    }
    for (Group group : groups) {
      boolean v6 = socket.getFamily() == Socket.AF_INET6;
      // A raw socket of IPv6 has no options of IPv4.
      boolean v4 = !v6 || socket.getType() != Socket.SOCK_RAW;
      if (group.level() == Socket.SOL_IP ? v4 : v6) {
        add(descriptor.borrowed(), group, SOURCES, socket);
      }
    }
  }

  /**
   * In igmp a line of each device stands before those of its groups, which are as numbers of the
   * machine; a line of igmp6 has it all. That file is missing without IPv6.
   */
  private static List<Group> list(String net) {
    List<Group> groups = new ArrayList<>();
    int index = 0;
    String device = "";
    for (String line : lines(net + "igmp")) {
      StringTokenizer words = new StringTokenizer(line);
      if (Character.isDigit(line.charAt(0))) {
        index = Integer.parseInt(words.nextToken());
        device = words.nextToken();
      } else if (index != 0) {
        byte[] ip = HexFormat.of().parseHex(words.nextToken());
        groups.add(new Group(index, device, new byte[] {ip[3], ip[2], ip[1], ip[0]}));
      }
    }
    for (String line : lines(net + "igmp6")) {
      StringTokenizer words = new StringTokenizer(line);
      index = Integer.parseInt(words.nextToken());
      device = words.nextToken();
      groups.add(new Group(index, device, HexFormat.of().parseHex(words.nextToken())));
    }
    return groups;
  }

  private static List<String> lines(String path) {
    try {
      return new String(ProcFs.bytes(path), StandardCharsets.UTF_8).lines().toList();
    } catch (ProcException e) {
      if (e.gone()) {
        return List.of();
      }
      throw e;
    }
  }

  private static void add(int fd, Group group, int room, inet_sk_entry.Builder socket) {
    int bytes = GroupFilter.gf_slist + room * Sockaddr.STORAGE_BYTES;
    try (NativeMemory filter = NativeMemory.allocate(bytes)) {
      filter.putInt(GroupFilter.gf_interface, group.index);
      filter.putBytes(GroupFilter.gf_group, Sockaddr.inet(group.ip, 0));
      filter.putInt(GroupFilter.gf_numsrc, room);
      try {
        Socket.getsockopt(fd, group.level(), Tcp.MCAST_MSFILTER, filter);
      } catch (ErrnoException e) {
        if (e.is(Errno.EADDRNOTAVAIL)) {
          return;
        }
        throw e;
      }
      int count = filter.getInt(GroupFilter.gf_numsrc);
      if (count > room) {
        add(fd, group, count, socket);
        return;
      }
      inet_membership_entry.Builder membership =
          inet_membership_entry
              .newBuilder()
              .setDevice(group.device)
              .setGroup(ByteString.copyFrom(group.ip))
              .setExclude(filter.getInt(GroupFilter.gf_fmode) == Tcp.MCAST_EXCLUDE);
      for (int i = 0; i < count; i++) {
        int at = GroupFilter.gf_slist + i * Sockaddr.STORAGE_BYTES;
        byte[] source = Sockaddr.ip(filter.getBytes(at, Sockaddr.STORAGE_BYTES));
        membership.addSources(ByteString.copyFrom(source));
      }
      socket.addMemberships(membership);
    }
  }

  static void plan(file_entry entry, OpenPlan plan, int fd) {
    for (inet_membership_entry membership : entry.getIsk().getMembershipsList()) {
      boolean exclude = membership.getExclude();
      if (exclude) {
        request(entry, plan, fd, membership, Tcp.MCAST_JOIN_GROUP, null);
      }
      int option = exclude ? Tcp.MCAST_BLOCK_SOURCE : Tcp.MCAST_JOIN_SOURCE_GROUP;
      for (ByteString source : membership.getSourcesList()) {
        request(entry, plan, fd, membership, option, source.toByteArray());
      }
    }
  }

  /** The kernel puts the number of a device behind its name, where the request begins with it. */
  private static void request(
      file_entry entry,
      OpenPlan plan,
      int fd,
      inet_membership_entry membership,
      int option,
      byte[] source) {
    byte[] group = membership.getGroup().toByteArray();
    int length = source == null ? GroupReq.SIZEOF : GroupSourceReq.SIZEOF;
    Data request =
        plan.program()
            .reserve(Netlink.IFNAMSIZ + length)
            .putBytes(0, membership.getDeviceBytes().toByteArray())
            .putBytes(Netlink.IFNAMSIZ + GroupReq.gr_group, Sockaddr.inet(group, 0));
    if (source != null) {
      request.putBytes(Netlink.IFNAMSIZ + GroupSourceReq.gsr_source, Sockaddr.inet(source, 0));
    }
    String what = "join the group " + InetAddress.show(group) + " at " + membership.getDevice();
    plan.call(entry, what, Nr.SYS_ioctl)
        .arg(fd)
        .arg(Ioctl.SIOCGIFINDEX)
        .arg(request)
        .otherwise("there is no network device " + membership.getDevice() + "; make it first");
    plan.call(entry, what, Nr.SYS_setsockopt)
        .arg(fd)
        .arg(group.length == Integer.BYTES ? Socket.SOL_IP : Socket.SOL_IPV6)
        .arg(option)
        .arg(request.from(Netlink.IFNAMSIZ))
        .arg(length);
  }
}
