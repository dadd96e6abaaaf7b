// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import com.google.protobuf.ByteString;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Rtnetlink;
import dev.torpor.linux.Rtnetlink.Ndmsg;
import dev.torpor.linux.Rtnetlink.Nhmsg;
import dev.torpor.linux.Rtnetlink.Tcmsg;
import dev.torpor.linux.Socket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the kernel says over rtnetlink(7) that a network namespace has: devices and what makes
 * packets find their way. All of it is asked for in the namespace.
 */
record NetContent(
    List<NetLink> links,
    List<byte[]> addresses,
    List<byte[]> routes,
    List<byte[]> routes6,
    List<byte[]> rules,
    List<byte[]> neighbours) {
  /** Asks for that of the thread's namespace. */
  static NetContent ask() {
    return new NetContent(
        NetLink.all(),
        Addresses.ask(),
        Routes.INET.ask(),
        Routes.INET6.ask(),
        RoutingRules.ask(),
        Neighbours.ask());
  }

  /**
   * The first thing that is not carried, or null. To be asked in the namespace as well.
   *
   * @param sys where /proc/sys is
   */
  String refusal(String sys) {
    for (NetLink link : links) {
      String found = refusal(sys, link);
      if (found != null) {
        return found;
      }
    }
    String address = Addresses.refusal(addresses);
    if (address != null) {
      return address;
    }
    String rule = RoutingRules.refusal();
    return rule == null ? others() : rule;
  }

  private String refusal(String sys, NetLink link) {
    DeviceKind kind = DeviceKind.of(link);
    if (kind == null && !link.isLoopback()) {
      return link.describe();
    }
    if (link.attributes().nested(Rtnetlink.IFLA_XDP).number(Rtnetlink.IFLA_XDP_ATTACHED, 0) != 0) {
      return "the XDP program of " + link.describe();
    }
    if (link.attributes().has(Rtnetlink.IFLA_PROP_LIST)) {
      return "that " + link.describe() + " has other names";
    }
    if (link.isLoopback()) {
      return null;
    }
    String mtu = DeviceSettings.refusal(sys, link);
    return mtu == null ? kind.refusal(link) : mtu;
  }

  private String others() {
    for (SavedMessage queue :
        SavedMessage.of(
            route("RTM_GETQDISC", Rtnetlink.RTM_GETQDISC, Tcmsg.SIZEOF), Tcmsg.SIZEOF)) {
      // The kernel's own have no handle.
      if (queue.headerInt(Tcmsg.tcm_handle) != 0) {
        String kind = queue.attributes().text(Rtnetlink.TCA_KIND);
        return "the queueing discipline "
            + kind
            + " of "
            + name(queue.headerInt(Tcmsg.tcm_ifindex));
      }
    }
    if (!route("RTM_GETNEXTHOP", Rtnetlink.RTM_GETNEXTHOP, Nhmsg.SIZEOF).isEmpty()) {
      return "a next hop of its own (ip nexthop)";
    }
    if (NetlinkQuery.count(Rtnetlink.NETLINK_XFRM, "XFRM_MSG_GETSA", Rtnetlink.XFRM_MSG_GETSA)
            + NetlinkQuery.count(
                Rtnetlink.NETLINK_XFRM, "XFRM_MSG_GETPOLICY", Rtnetlink.XFRM_MSG_GETPOLICY)
        > 0) {
      return "what IPsec does (ip xfrm)";
    }
    return forwarding();
  }

  private static List<byte[]> route(String name, int type, int headerBytes) {
    return NetlinkQuery.answers(Netlink.NETLINK_ROUTE, name, type, new byte[headerBytes]);
  }

  private String name(int index) {
    for (NetLink link : links) {
      if (link.index() == index) {
        return link.name();
      }
    }
    return "device " + index;
  }

  /** An entry that somebody has put into a bridge's table: its ports' own are there anyway. */
  private String forwarding() {
    byte[] header = new byte[Ndmsg.SIZEOF];
    header[Ndmsg.ndm_family] = Socket.AF_BRIDGE;
    List<byte[]> entries =
        NetlinkQuery.answers(Netlink.NETLINK_ROUTE, "RTM_GETNEIGH", Netlink.RTM_GETNEIGH, header);
    for (SavedMessage entry : SavedMessage.of(entries, Ndmsg.SIZEOF)) {
      int set = Rtnetlink.NUD_PERMANENT | Rtnetlink.NUD_NOARP;
      if ((entry.headerShort(Ndmsg.ndm_state) & set) != 0
          && entry.attributes().has(Rtnetlink.NDA_MASTER)
          && !isOfDevice(entry.attributes().bytes(Rtnetlink.NDA_LLADDR))) {
        return "a static entry of the table of bridge "
            + name(entry.attributes().number(Rtnetlink.NDA_MASTER, 0));
      }
    }
    return null;
  }

  private boolean isOfDevice(byte[] address) {
    for (NetLink link : links) {
      if (Arrays.equals(link.attributes().bytes(Netlink.IFLA_ADDRESS), address)) {
        return true;
      }
    }
    return false;
  }

  /** Writes devices with their settings, and fills in the namespace's entry. */
  void write(DumpedNamespace namespace, CapturedImages images, netns_entry.Builder entry)
      throws IOException {
    String sys = namespace.proc().root() + "/sys";
    List<net_device_entry> devices = namespace.ask(() -> devices(sys, namespace.id()));
    for (net_device_entry device : devices) {
      images.add(ImageType.NETDEV, namespace.id(), device);
    }
    namespace.ask(() -> NetSettings.capture(sys, entry));
    for (byte[] neighbour : neighbours) {
      entry.addNeighbours(ByteString.copyFrom(neighbour));
    }
    if (!isPlain()) {
      Addresses.write(images, namespace.id(), addresses);
      Routes.INET.write(images, namespace.id(), routes);
      Routes.INET6.write(images, namespace.id(), routes6);
      RoutingRules.write(images, namespace.id(), rules);
    }
  }

  private List<net_device_entry> devices(String sys, int id) {
    List<net_device_entry> devices = new ArrayList<>(links.size());
    for (NetLink link : links) {
      net_device_entry.Builder device = NetDevice.capture(link, id);
      DeviceSettings.capture(sys, device);
      devices.add(device.build());
    }
    return devices;
  }

  /** Whether the namespace has all of it by itself, and no device but loopback. */
  private boolean isPlain() {
    return links.size() == 1
        && Addresses.areOwn(addresses)
        && routes.isEmpty()
        && routes6.isEmpty()
        && RoutingRules.areOwn(rules);
  }
}
