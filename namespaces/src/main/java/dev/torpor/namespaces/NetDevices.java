// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The devices of a network namespace that is to be made, beside loopback. Those that lead outside
 * are made from there; then the others, each behind the one that it belongs to.
 */
final class NetDevices {
  private final ReturnedNamespace namespace;

  /** By their numbers. */
  private final Map<Integer, net_device_entry> devices = new LinkedHashMap<>();

  private final List<OuterDevice> outer = new ArrayList<>();

  /** Those made from inside, a pair by the first of it. */
  private final List<net_device_entry> inner = new ArrayList<>();

  private NetDevices(ReturnedNamespace namespace) {
    this.namespace = namespace;
  }

  /**
   * Reads them.
   *
   * @param all entries of the image, loopback among them
   * @throws dev.torpor.error.UnsupportedException for a kind that is not brought back, or if nobody
   *     has said where one leads
   */
  static NetDevices of(ReturnedNamespace namespace, List<net_device_entry> all) {
    NetDevices read = new NetDevices(namespace);
    for (net_device_entry device : all) {
      DeviceAttributes.check(namespace, device);
      if (!Loopback.is(device)) {
        read.add(device);
      }
    }
    for (net_device_entry device : read.devices.values()) {
      read.place(device);
    }
    read.checkMasters();
    return read;
  }

  private void add(net_device_entry device) {
    if (DeviceKind.of(device) == null) {
      throw lost(device);
    }
    if (devices.put(device.getIfindex(), device) != null) {
      throw damaged("two devices have the number " + device.getIfindex());
    }
  }

  private void place(net_device_entry device) {
    if (leadsOutside(device)) {
      String option = namespace.options().outerDevice(device);
      if (option == null) {
        throw unsaid(device);
      }
      outer.add(OuterDevice.of(device, option));
    } else if (DeviceKind.of(device) == DeviceKind.VETH) {
      net_device_entry peer = devices.get(device.getPeerIfindex());
      if (peer == null
          || peer.getPeerIfindex() != device.getIfindex()
          || peer.getIfindex() == device.getIfindex()) {
        throw damaged("the device " + device.getName() + " is no half of a pair");
      }
      if (!inner.contains(peer)) {
        inner.add(device);
      }
    } else {
      // What a macvlan belongs to is made before it.
      inner.add(isMacvlan(device) ? inner.size() : 0, device);
    }
  }

  private boolean leadsOutside(net_device_entry device) {
    boolean inside = device.hasPeerNsid() && device.getPeerNsid() == namespace.id();
    return !inside && DeviceKind.of(device) != DeviceKind.BRIDGE;
  }

  private static boolean isMacvlan(net_device_entry device) {
    return DeviceKind.of(device) == DeviceKind.MACVLAN;
  }

  private void checkMasters() {
    for (net_device_entry device : devices.values()) {
      net_device_entry master = devices.get(device.getMaster());
      if (device.hasMaster() && (master == null || master.getIfindex() == device.getIfindex())) {
        throw damaged("the master of the device " + device.getName() + " is not there");
      }
    }
  }

  private RuntimeException lost(net_device_entry device) {
    return NetImage.lost(
        namespace,
        ImageType.NETDEV,
        "network device " + device.getName() + " of type " + device.getType());
  }

  private RuntimeException unsaid(net_device_entry device) {
    String kind = isMacvlan(device) ? "macvlan[" : "veth[";
    String value = isMacvlan(device) ? "]:DEVICE" : "]:NAME@BRIDGE";
    return NetImage.lost(
        namespace,
        ImageType.NETDEV,
        "network device "
            + device.getName()
            + " leads outside, and without --external "
            + kind
            + device.getName()
            + value
            + " it");
  }

  private ImageException damaged(String found) {
    return new NetImage(namespace, ImageType.NETDEV).damaged(found);
  }

  boolean isEmpty() {
    return devices.isEmpty();
  }

  List<OuterDevice> outer() {
    return outer;
  }

  List<net_device_entry> all() {
    return List.copyOf(devices.values());
  }

  /** Appends the calls that make those inside; they are down. */
  void make(RouteSocket socket) {
    for (net_device_entry device : inner) {
      NetlinkMessage message = NetDevice.describe(device, NetDevice.making(device));
      DeviceKind kind = DeviceKind.of(device);
      net_device_entry peer = devices.get(device.getPeerIfindex());
      if (isMacvlan(device)) {
        message.number(Netlink.IFLA_LINK, device.getPeerIfindex());
      }
      boolean pair = kind == DeviceKind.VETH;
      kind.info(device, message, () -> data(pair ? peer : device, pair, message));
      socket.request("making the device " + device.getName(), message, RouteSocket.NONE);
    }
  }

  private static void data(net_device_entry device, boolean pair, NetlinkMessage message) {
    if (pair) {
      message.nested(
          Netlink.VETH_INFO_PEER | Netlink.NLA_F_NESTED,
          NetDevice.header(device.getIfindex(), 0, 0),
          () -> NetDevice.describe(device, message));
    } else {
      DeviceKind.of(device).data(device, message);
    }
  }

  /**
   * Appends the calls that put each on its master, set it, and bring it up: without addresses that
   * the kernel makes for it, for which it would look whether others have them.
   */
  void settle(Program program, RouteSocket socket, DeviceSettings settings) {
    for (net_device_entry device : devices.values()) {
      if (device.hasMaster()) {
        NetlinkMessage message = NetDevice.changing(device);
        socket.request(
            "putting the device " + device.getName() + " on its master",
            message.number(Netlink.IFLA_MASTER, device.getMaster()),
            RouteSocket.NONE);
      }
    }
    for (net_device_entry device : devices.values()) {
      DeviceAttributes.plan(device, socket);
      settings.plan(namespace, device, program);
    }
    for (net_device_entry device : devices.values()) {
      settings.addressMode(device, Rtnetlink.IN6_ADDR_GEN_MODE_NONE, socket);
      String purpose = "giving the device " + device.getName() + " its flags";
      socket.request(purpose, NetDevice.flags(device), RouteSocket.NONE);
      settings.planLate(namespace, device, program);
    }
  }

  /** Appends the calls behind those that give devices their addresses. */
  void finish(RouteSocket socket, DeviceSettings settings) {
    for (net_device_entry device : devices.values()) {
      settings.addressMode(device, settings.addressMode(device.getName()), socket);
    }
  }
}
