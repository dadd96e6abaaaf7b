// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.macvlan_link_entry;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;

/** A kind of network device that is carried, beside loopback. */
enum DeviceKind {
  /** One of a pair, veth(4): what one sends the other receives. */
  VETH(nd_type.VETH, "veth"),

  BRIDGE(nd_type.BRIDGE, "bridge") {
    /** A bridge that tells packets apart by their VLAN has a table for that. */
    @Override
    String refusal(NetLink link) {
      return link.data().number(Rtnetlink.IFLA_BR_VLAN_FILTERING, 0) == 0
          ? null
          : "that " + link.describe() + " filters by VLAN";
    }
  },

  /** One more address of another device. */
  MACVLAN(nd_type.MACVLAN, "macvlan") {
    @Override
    void capture(NetLink link, net_device_entry.Builder entry) {
      macvlan_link_entry.Builder macvlan =
          macvlan_link_entry
              .newBuilder()
              .setMode(link.data().number(Rtnetlink.IFLA_MACVLAN_MODE, 0));
      macvlan.setFlags(link.data().number(Rtnetlink.IFLA_MACVLAN_FLAGS, 0));
      entry.setMacvlan(macvlan);
    }

    @Override
    void data(net_device_entry device, NetlinkMessage message) {
      message.number(Rtnetlink.IFLA_MACVLAN_MODE, device.getMacvlan().getMode());
      short flags = (short) device.getMacvlan().getFlags();
      message.bytes(
          Rtnetlink.IFLA_MACVLAN_FLAGS, new byte[] {(byte) flags, (byte) (flags >> Byte.SIZE)});
    }
  };

  private final nd_type type;
  private final String kernelName;

  DeviceKind(nd_type type, String kernelName) {
    this.type = type;
    this.kernelName = kernelName;
  }

  /** The kind of a running device, or null if it is not carried. */
  static DeviceKind of(NetLink link) {
    for (DeviceKind kind : values()) {
      if (kind.kernelName.equals(link.kind())) {
        return kind;
      }
    }
    return null;
  }

  /** The kind of a device in an image, or null if it is not brought back. */
  static DeviceKind of(net_device_entry device) {
    for (DeviceKind kind : values()) {
      if (kind.type == device.getType()) {
        return kind;
      }
    }
    return null;
  }

  nd_type type() {
    return type;
  }

  /** What of it cannot be carried, or null. */
  String refusal(NetLink link) {
    return null;
  }

  /** Fills in what only this kind has. */
  void capture(NetLink link, net_device_entry.Builder entry) {}

  /** Appends to the message that makes one what only this kind has. */
  void data(net_device_entry device, NetlinkMessage message) {}

  /** Appends to the message that makes one, of which kind it is. */
  void info(net_device_entry device, NetlinkMessage message, Runnable data) {
    message.nested(
        Netlink.IFLA_LINKINFO | Netlink.NLA_F_NESTED,
        () -> {
          message.text(Netlink.IFLA_INFO_KIND, kernelName);
          message.nested(Netlink.IFLA_INFO_DATA | Netlink.NLA_F_NESTED, data);
        });
  }
}
