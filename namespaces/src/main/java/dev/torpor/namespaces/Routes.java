// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Rtmsg;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import dev.torpor.linux.Rtnetlink.RtaCacheinfo;
import dev.torpor.linux.Rtnetlink.Rtnexthop;
import dev.torpor.linux.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Routes of all tables, ip-route(8). Those of the local table that the kernel makes for an address
 * it makes again. CRIU saves those of the main table alone, and brings all back that it finds.
 */
enum Routes {
  INET(Socket.AF_INET, ImageType.ROUTE),
  INET6(Socket.AF_INET6, ImageType.ROUTE6);

  /** The first word of what iproute2 saves: its ip/iproute.c. */
  private static final int MAGIC = 0x45311224;

  /** What a route is given by who makes it; others tell what has become of it. */
  private static final int SETTABLE_FLAGS = Rtnetlink.RTNH_F_ONLINK | Rtnetlink.RTNH_F_PERVASIVE;

  private static final int STATE_FLAGS = Rtnetlink.RTNH_F_DEAD | Rtnetlink.RTNH_F_LINKDOWN;

  private static final int TICKS_PER_SECOND = 100;

  private final int family;
  private final ImageType type;

  Routes(int family, ImageType type) {
    this.family = family;
    this.type = type;
  }

  /** Those of the thread's namespace that it does not have by itself. */
  List<byte[]> ask() {
    byte[] header = new byte[Rtmsg.SIZEOF];
    header[Rtmsg.rtm_family] = (byte) family;
    List<byte[]> routes = new ArrayList<>();
    for (byte[] message :
        NetlinkQuery.answers(Netlink.NETLINK_ROUTE, "RTM_GETROUTE", Netlink.RTM_GETROUTE, header)) {
      SavedMessage route = SavedMessage.of(message, Rtmsg.SIZEOF);
      // Asked for a family that a kernel does not have, it gives those of all others.
      if (route.headerByte(Rtmsg.rtm_family) == family && !isOwn(route)) {
        routes.add(withoutState(message, route));
      }
    }
    return routes;
  }

  /** The kernel does not take one back that says that its device has no carrier: nor would CRIU. */
  private static byte[] withoutState(byte[] message, SavedMessage route) {
    int flags = route.headerInt(Rtmsg.rtm_flags) & ~STATE_FLAGS;
    ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).putInt(Rtmsg.rtm_flags, flags);
    return message;
  }

  private static boolean isOwn(SavedMessage route) {
    boolean cloned = (route.headerInt(Rtmsg.rtm_flags) & Rtnetlink.RTM_F_CLONED) != 0;
    int table = route.attributes().number(Rtnetlink.RTA_TABLE, route.headerByte(Rtmsg.rtm_table));
    boolean kernels = route.headerByte(Rtmsg.rtm_protocol) == Rtnetlink.RTPROT_KERNEL;
    return cloned || (kernels && table == Netlink.RT_TABLE_LOCAL);
  }

  void write(CapturedImages images, int id, List<byte[]> messages) throws IOException {
    SavedMessage.writeAll(images.streamRaw(type, id), MAGIC, Netlink.RTM_NEWROUTE, messages);
  }

  /**
   * Reads them.
   *
   * @throws dev.torpor.error.UnsupportedException for one that goes over a next hop of its own kind
   */
  List<SavedMessage> read(ReturnedNamespace namespace) {
    NetImage image = new NetImage(namespace, type);
    List<SavedMessage> routes =
        SavedMessage.readAll(image, MAGIC, Netlink.RTM_NEWROUTE, Rtmsg.SIZEOF);
    for (SavedMessage route : routes) {
      if (route.attributes().has(Rtnetlink.RTA_NH_ID)) {
        throw image.lost("the next hop that " + text(route) + " goes over");
      }
    }
    return routes;
  }

  /** Appends the calls that make them: first those that tell how to reach the others' gateways. */
  void plan(List<SavedMessage> routes, RouteSocket socket) {
    for (boolean direct : new boolean[] {true, false}) {
      for (SavedMessage route : routes) {
        if (isDirect(route) == direct) {
          // The kernel makes some with the addresses.
          socket.request("making " + text(route), message(route), RouteSocket.EEXIST);
        }
      }
    }
  }

  private static boolean isDirect(SavedMessage route) {
    return !route.attributes().has(Rtnetlink.RTA_GATEWAY)
        && !route.attributes().has(Rtnetlink.RTA_VIA)
        && !route.attributes().has(Rtnetlink.RTA_MULTIPATH);
  }

  /** Behind others to the same destination, as they came; those of IPv6 have no order. */
  private NetlinkMessage message(SavedMessage route) {
    int flags = route.headerInt(Rtmsg.rtm_flags) & SETTABLE_FLAGS;
    int change = Netlink.NLM_F_CREATE | (this == INET ? Netlink.NLM_F_APPEND : 0);
    NetlinkMessage message =
        new NetlinkMessage(Netlink.RTM_NEWROUTE, change, route.headerWith(Rtmsg.rtm_flags, flags));
    for (int attribute : route.attributes().types()) {
      byte[] value = route.attributes().bytes(attribute);
      if (attribute == Rtnetlink.RTA_MULTIPATH) {
        message.bytes(attribute, withoutStates(value));
      } else if (attribute != Rtnetlink.RTA_CACHEINFO) {
        message.bytes(attribute, value);
      } else if (ticksLeft(value) > 0) {
        message.number(Rtnetlink.RTA_EXPIRES, ticksLeft(value) / TICKS_PER_SECOND);
      }
    }
    return message;
  }

  private static int ticksLeft(byte[] cacheInfo) {
    ByteBuffer in = ByteBuffer.wrap(cacheInfo).order(ByteOrder.nativeOrder());
    return in.limit() < RtaCacheinfo.SIZEOF ? 0 : in.getInt(RtaCacheinfo.rta_expires);
  }

  private static byte[] withoutStates(byte[] hops) {
    ByteBuffer in = ByteBuffer.wrap(hops).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + Rtnexthop.SIZEOF <= hops.length) {
      int flags = hops[at + Rtnexthop.rtnh_flags] & SETTABLE_FLAGS;
      hops[at + Rtnexthop.rtnh_flags] = (byte) flags;
      int length = in.getShort(at + Rtnexthop.rtnh_len) & 0xffff;
      int aligned = (length + Netlink.NLA_ALIGNTO - 1) & -Netlink.NLA_ALIGNTO;
      at += Math.max(aligned, Rtnexthop.SIZEOF);
    }
    return hops;
  }

  private static String text(SavedMessage route) {
    byte[] destination = route.attributes().bytes(Netlink.RTA_DST);
    return destination == null
        ? "the default route"
        : "the route to " + IpText.of(destination) + "/" + route.headerByte(Rtmsg.rtm_dst_len);
  }
}
