// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Ifinfomsg;
import dev.torpor.linux.NetlinkAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A network device as the kernel tells of it, RTM_NEWLINK of rtnetlink(7).
 *
 * @param hardware ARPHRD_*
 * @param index its number in the namespace
 * @param flags IFF_*
 */
record NetLink(int hardware, int index, int flags, NetlinkAttributes attributes) {
  /** Those of the thread's namespace, by their numbers. */
  static List<NetLink> all() {
    List<NetLink> links = new ArrayList<>();
    for (byte[] message :
        NetlinkQuery.answers(
            Netlink.NETLINK_ROUTE,
            "RTM_GETLINK",
            Netlink.RTM_GETLINK,
            new byte[Ifinfomsg.SIZEOF])) {
      ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
      links.add(
          new NetLink(
              in.getShort(Ifinfomsg.ifi_type) & 0xffff,
              in.getInt(Ifinfomsg.ifi_index),
              in.getInt(Ifinfomsg.ifi_flags),
              NetlinkAttributes.of(message, Ifinfomsg.SIZEOF)));
    }
    return links;
  }

  String name() {
    return attributes.text(Netlink.IFLA_IFNAME);
  }

  boolean isLoopback() {
    return hardware == Netlink.ARPHRD_LOOPBACK;
  }

  /** The driver's name for it; empty for one of hardware. */
  String kind() {
    return info().text(Netlink.IFLA_INFO_KIND);
  }

  /** What the driver says of it. */
  NetlinkAttributes data() {
    return info().nested(Netlink.IFLA_INFO_DATA);
  }

  NetlinkAttributes info() {
    return attributes.nested(Netlink.IFLA_LINKINFO);
  }

  /** Whether the device it is tied to ({@code IFLA_LINK}) is in another namespace. */
  boolean leadsOutside() {
    return attributes.has(Netlink.IFLA_LINK_NETNSID);
  }

  /** The device it is tied to, or itself. */
  int tiedTo() {
    return attributes.number(Netlink.IFLA_LINK, index);
  }

  String describe() {
    String kind = kind();
    return "the device " + name() + (kind.isEmpty() ? "" : " of kind " + kind);
  }
}
