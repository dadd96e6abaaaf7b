// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Ifinfomsg;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.NetlinkSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A device of the tree that leads into Torpor's own network namespace: it is made there and goes to
 * the tree, whose namespace takes it along when it ends.
 *
 * @param device as it is inside
 * @param name of the other one of its pair, or of the device that a macvlan belongs to
 * @param bridge what the other one of the pair is put on, or null
 */
record OuterDevice(net_device_entry device, String name, String bridge) {
  /** A namespace that has ended is taken down a moment later, with its devices. */
  private static final int LONGEST_MILLIS = 5000;

  private static final int STEP_MILLIS = 10;

  /** What {@code --external veth[IN]:OUT@BRIDGE} says of it. */
  static OuterDevice of(net_device_entry device, String value) {
    int at = value.indexOf('@');
    return at < 0
        ? new OuterDevice(device, value, null)
        : new OuterDevice(device, value.substring(0, at), value.substring(at + 1));
  }

  /**
   * Looks whether what it wants is there.
   *
   * @throws RestoreException names what is not
   */
  void verify() {
    if (!isPair()) {
      index(name);
    } else if (bridge != null) {
      index(bridge);
    }
  }

  private boolean isPair() {
    return DeviceKind.of(device) == DeviceKind.VETH;
  }

  /** Makes it, in the network namespace of a task. */
  void make(int pid) {
    NetlinkMessage message = isPair() ? pair(pid) : single(pid);
    long end = System.nanoTime() + LONGEST_MILLIS * 1_000_000L;
    while (!make(message, System.nanoTime() < end)) {
      try {
        Thread.sleep(STEP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        end = 0;
      }
    }
  }

  private boolean make(NetlinkMessage message, boolean mayWait) {
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      socket.request("RTM_NEWLINK", message);
      return true;
    } catch (ErrnoException e) {
      if (mayWait && isPair() && e.is(Errno.EEXIST)) {
        return false;
      }
      throw failed("making it", e);
    }
  }

  private NetlinkMessage pair(int pid) {
    int change = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
    NetlinkMessage message =
        new NetlinkMessage(Netlink.RTM_NEWLINK, change, NetDevice.header(0, 0, 0));
    message.text(Netlink.IFLA_IFNAME, name).number(Netlink.IFLA_MTU, device.getMtu());
    DeviceKind.VETH.info(
        device,
        message,
        () ->
            message.nested(
                Netlink.VETH_INFO_PEER | Netlink.NLA_F_NESTED,
                NetDevice.header(device.getIfindex(), 0, 0),
                () -> NetDevice.describe(device, message).number(Netlink.IFLA_NET_NS_PID, pid)));
    return message;
  }

  private NetlinkMessage single(int pid) {
    NetlinkMessage message = NetDevice.making(device);
    NetDevice.describe(device, message);
    message.number(Netlink.IFLA_LINK, index(name)).number(Netlink.IFLA_NET_NS_PID, pid);
    DeviceKind kind = DeviceKind.of(device);
    kind.info(device, message, () -> kind.data(device, message));
    return message;
  }

  /** Puts the other one of a pair on its bridge, and brings it up. */
  void connect() {
    if (bridge == null) {
      return;
    }
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      int up = Netlink.IFF_UP;
      NetlinkMessage message =
          new NetlinkMessage(Netlink.RTM_NEWLINK, 0, NetDevice.header(index(name), up, up));
      socket.request("RTM_NEWLINK", message.number(Netlink.IFLA_MASTER, index(bridge)));
    } catch (ErrnoException e) {
      throw failed("putting " + name + " on the bridge " + bridge, e);
    }
  }

  private int index(String wanted) {
    try (NetlinkSocket socket = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      NetlinkMessage message =
          new NetlinkMessage(Netlink.RTM_GETLINK, 0, NetDevice.header(0, 0, 0));
      byte[] answer =
          socket.request("RTM_GETLINK", message.text(Netlink.IFLA_IFNAME, wanted)).get(0);
      return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getInt(Ifinfomsg.ifi_index);
    } catch (ErrnoException e) {
      throw failed("looking for " + wanted + ", which --external names", e);
    }
  }

  private RestoreException failed(String what, ErrnoException cause) {
    String whole = "network device " + device.getName() + ": " + what + ": " + cause.getMessage();
    return new RestoreException(whole, cause);
  }
}
