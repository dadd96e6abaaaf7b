// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkAttributes;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import java.util.Set;

/** What devices can be set to that CRIU's images have no field for. */
final class DeviceAttributes {
  /** What new ones have: ether_setup and alloc_netdev_mqs of the kernel. */
  private static final int[][] USUAL = {
    {Netlink.IFLA_TXQLEN, 1000},
    {Netlink.IFLA_GROUP, 0},
    {Rtnetlink.IFLA_GSO_MAX_SEGS, 65535},
    {Rtnetlink.IFLA_GSO_MAX_SIZE, 65536},
    {Rtnetlink.IFLA_GRO_MAX_SIZE, 65536},
  };

  private static final int[] OF_BRIDGE = {
    Rtnetlink.IFLA_BR_FORWARD_DELAY,
    Rtnetlink.IFLA_BR_HELLO_TIME,
    Rtnetlink.IFLA_BR_MAX_AGE,
    Rtnetlink.IFLA_BR_AGEING_TIME,
    Rtnetlink.IFLA_BR_STP_STATE,
    Rtnetlink.IFLA_BR_PRIORITY,
    Rtnetlink.IFLA_BR_GROUP_FWD_MASK,
    Rtnetlink.IFLA_BR_MCAST_SNOOPING,
    Rtnetlink.IFLA_BR_MCAST_ROUTER,
    Rtnetlink.IFLA_BR_MCAST_QUERIER,
    Rtnetlink.IFLA_BR_NF_CALL_IPTABLES,
    Rtnetlink.IFLA_BR_NF_CALL_IP6TABLES,
    Rtnetlink.IFLA_BR_NF_CALL_ARPTABLES,
    Rtnetlink.IFLA_BR_MCAST_IGMP_VERSION,
    Rtnetlink.IFLA_BR_MCAST_MLD_VERSION,
  };

  private static final int[] OF_PORT = {
    Rtnetlink.IFLA_BRPORT_PRIORITY,
    Rtnetlink.IFLA_BRPORT_COST,
    Rtnetlink.IFLA_BRPORT_MODE,
    Rtnetlink.IFLA_BRPORT_GUARD,
    Rtnetlink.IFLA_BRPORT_PROTECT,
    Rtnetlink.IFLA_BRPORT_LEARNING,
    Rtnetlink.IFLA_BRPORT_UNICAST_FLOOD,
    Rtnetlink.IFLA_BRPORT_ISOLATED,
    Rtnetlink.IFLA_BRPORT_FAST_LEAVE,
    Rtnetlink.IFLA_BRPORT_PROXYARP,
    Rtnetlink.IFLA_BRPORT_MULTICAST_ROUTER,
    Rtnetlink.IFLA_BRPORT_MCAST_FLOOD,
    Rtnetlink.IFLA_BRPORT_MCAST_TO_UCAST,
    Rtnetlink.IFLA_BRPORT_BCAST_FLOOD,
    Rtnetlink.IFLA_BRPORT_GROUP_FWD_MASK,
    Rtnetlink.IFLA_BRPORT_NEIGH_SUPPRESS,
  };

  /** Others could do more than set the device: move it away, say. */
  private static final Set<Integer> KNOWN =
      Set.of(
          Netlink.IFLA_TXQLEN,
          Netlink.IFLA_GROUP,
          Rtnetlink.IFLA_GSO_MAX_SEGS,
          Rtnetlink.IFLA_GSO_MAX_SIZE,
          Rtnetlink.IFLA_GRO_MAX_SIZE,
          Netlink.IFLA_IFALIAS,
          Netlink.IFLA_LINKINFO);

  private DeviceAttributes() {}

  /** Those of a running device, as one piece of netlink(7); empty if there are none. */
  static byte[] of(NetLink link) {
    NetlinkMessage out = new NetlinkMessage(0, 0, new byte[0]);
    for (int[] usual : USUAL) {
      int value = link.attributes().number(usual[0], usual[1]);
      if (value != usual[1]) {
        out.number(usual[0], value);
      }
    }
    if (link.attributes().has(Netlink.IFLA_IFALIAS)) {
      out.text(Netlink.IFLA_IFALIAS, link.attributes().text(Netlink.IFLA_IFALIAS));
    }
    boolean bridge = DeviceKind.of(link) == DeviceKind.BRIDGE;
    boolean port = link.info().text(Rtnetlink.IFLA_INFO_SLAVE_KIND).equals("bridge");
    if (bridge || port) {
      out.nested(
          Netlink.IFLA_LINKINFO | Netlink.NLA_F_NESTED, () -> info(link.info(), bridge, port, out));
    }
    return out.attributes();
  }

  private static void info(
      NetlinkAttributes info, boolean bridge, boolean port, NetlinkMessage out) {
    if (bridge) {
      copy(info, Netlink.IFLA_INFO_KIND, Netlink.IFLA_INFO_DATA, OF_BRIDGE, out);
    }
    if (port) {
      copy(info, Rtnetlink.IFLA_INFO_SLAVE_KIND, Rtnetlink.IFLA_INFO_SLAVE_DATA, OF_PORT, out);
    }
  }

  private static void copy(
      NetlinkAttributes info, int kind, int data, int[] wanted, NetlinkMessage out) {
    NetlinkAttributes all = info.nested(data);
    out.bytes(kind, info.bytes(kind));
    out.nested(
        data | Netlink.NLA_F_NESTED,
        () -> {
          for (int attribute : wanted) {
            if (all.has(attribute)) {
              out.bytes(attribute, all.bytes(attribute));
            }
          }
        });
  }

  /** Refuses what a dump of Torpor does not write. */
  static void check(ReturnedNamespace namespace, net_device_entry device) {
    try {
      Set<Integer> types = NetlinkAttributes.of(device.getAttributes().toByteArray(), 0).types();
      if (KNOWN.containsAll(types)) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw new NetImage(namespace, ImageType.NETDEV).damaged(e);
    }
    throw NetImage.lost(
        namespace, ImageType.NETDEV, "an attribute of the device " + device.getName());
  }

  /** Appends the call that sets them, when the device has its master. */
  static void plan(net_device_entry device, RouteSocket socket) {
    if (device.hasAttributes()) {
      NetlinkMessage message = NetDevice.changing(device);
      message.attributes(device.getAttributes().toByteArray());
      socket.request(
          "setting attributes of the device " + device.getName(), message, RouteSocket.NONE);
    }
  }
}
