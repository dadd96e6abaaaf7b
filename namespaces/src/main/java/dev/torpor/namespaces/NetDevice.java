// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Ifinfomsg;
import dev.torpor.linux.NetlinkMessage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A network device that is carried, as images have it. */
final class NetDevice {
  /** The kernel sets these by itself. */
  private static final int UNSETTABLE = Netlink.IFF_LOOPBACK | Netlink.IFF_RUNNING;

  /** Above are those that tell of the other side: carrier, dormancy. */
  private static final int SETTABLE = 0xffff & ~UNSETTABLE;

  private NetDevice() {}

  /**
   * Captures one.
   *
   * @param netId number of its namespace in the images
   */
  static net_device_entry.Builder capture(NetLink link, int netId) {
    net_device_entry.Builder entry =
        net_device_entry
            .newBuilder()
            .setType(link.isLoopback() ? nd_type.LOOPBACK : DeviceKind.of(link).type())
            .setIfindex(link.index())
            .setMtu(link.attributes().number(Netlink.IFLA_MTU, 0))
            .setFlags(link.flags())
            .setName(link.name())
            .setPeerIfindex(link.tiedTo());
    if (!link.leadsOutside()) {
      entry.setPeerNsid(netId);
    }
    if (!link.isLoopback()) {
      entry.setAddress(ByteString.copyFrom(link.attributes().bytes(Netlink.IFLA_ADDRESS)));
      DeviceKind.of(link).capture(link, entry);
    }
    if (link.attributes().has(Netlink.IFLA_MASTER)) {
      entry.setMaster(link.attributes().number(Netlink.IFLA_MASTER, 0));
    }
    byte[] others = DeviceAttributes.of(link);
    if (others.length > 0) {
      entry.setAttributes(ByteString.copyFrom(others));
    }
    return entry;
  }

  /** Begins the message that makes one, which is down. */
  static NetlinkMessage making(net_device_entry device) {
    int change = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
    return new NetlinkMessage(Netlink.RTM_NEWLINK, change, header(device.getIfindex(), 0, 0));
  }

  /** Appends name, address and MTU. */
  static NetlinkMessage describe(net_device_entry device, NetlinkMessage message) {
    message.text(Netlink.IFLA_IFNAME, device.getName());
    message.number(Netlink.IFLA_MTU, device.getMtu());
    if (device.hasAddress()) {
      message.bytes(Netlink.IFLA_ADDRESS, device.getAddress().toByteArray());
    }
    return message;
  }

  /** Begins a message that changes one. */
  static NetlinkMessage changing(net_device_entry device) {
    return new NetlinkMessage(Netlink.RTM_NEWLINK, 0, header(device.getIfindex(), 0, 0));
  }

  /** The message that gives one its flags. */
  static NetlinkMessage flags(net_device_entry device) {
    return new NetlinkMessage(
        Netlink.RTM_NEWLINK,
        0,
        header(device.getIfindex(), device.getFlags() & SETTABLE, SETTABLE));
  }

  /** A struct ifinfomsg; those flags are changed that stand in {@code change}. */
  static byte[] header(int index, int flags, int change) {
    byte[] header = new byte[Ifinfomsg.SIZEOF];
    ByteBuffer out = ByteBuffer.wrap(header).order(ByteOrder.nativeOrder());
    out.putInt(Ifinfomsg.ifi_index, index);
    out.putInt(Ifinfomsg.ifi_flags, flags).putInt(Ifinfomsg.ifi_change, change);
    return header;
  }
}
