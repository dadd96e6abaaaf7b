// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Rtnetlink.Ndmsg;
import dev.torpor.plan.Need;
import java.util.ArrayList;
import java.util.List;

/** How the content of a network namespace is made by the task that is the first in it. */
final class NetReturn {
  private final ReturnedNamespace namespace;
  private final netns_entry settings;
  private final net_device_entry loopback;
  private final NetDevices devices;
  private final List<SavedMessage> addresses;
  private final List<SavedMessage> routes;
  private final List<SavedMessage> routes6;
  private final List<SavedMessage> rules;
  private final List<SavedMessage> neighbours = new ArrayList<>();

  /** Where the task waits until those devices are there that are made from outside. */
  private Op making;

  /** Where it waits until they are connected there. */
  private Op connecting;

  /**
   * Reads what the images have.
   *
   * @param all devices
   * @throws dev.torpor.error.UnsupportedException for what is not brought back
   */
  NetReturn(ReturnedNamespace namespace, netns_entry settings, List<net_device_entry> all) {
    this.namespace = namespace;
    this.settings = settings;
    loopback = Loopback.in(all);
    devices = NetDevices.of(namespace, all);
    addresses = Addresses.read(namespace);
    routes = Routes.INET.read(namespace);
    routes6 = Routes.INET6.read(namespace);
    rules = RoutingRules.read(namespace);
    for (int i = 0; i < settings.getNeighboursCount(); i++) {
      neighbours.add(neighbour(settings.getNeighbours(i).toByteArray()));
    }
  }

  private SavedMessage neighbour(byte[] message) {
    try {
      return SavedMessage.of(message, Ndmsg.SIZEOF);
    } catch (IllegalArgumentException e) {
      throw new NetImage(namespace, ImageType.NETNS).damaged(e);
    }
  }

  /** Whether nothing is made from outside. */
  boolean isMadeInside() {
    return devices.outer().isEmpty();
  }

  /** What is there to connect with. */
  List<Need> needs() {
    List<Need> needs = new ArrayList<>();
    for (OuterDevice device : devices.outer()) {
      if (!namespace.options().isToBeSaid()) {
        needs.add(machine -> device.verify());
      }
    }
    return needs;
  }

  /** Appends the calls that make all of it. */
  void append(Program program) {
    // Only a device that is up keeps an MTU of IPv6 that is not its own: addrconf_notify.
    Loopback.plan(loopback, program);
    NetSettings.plan(namespace, settings, loopback, program);
    if (!isMadeInside()) {
      making = program.trap("making the devices that lead out of the network namespace");
    }
    try (RouteSocket socket = new RouteSocket(program)) {
      DeviceAttributes.plan(loopback, socket);
      devices.make(socket);
      NetSysctls.plan(namespace, settings.getSettingsList(), program);
      DeviceSettings each = new DeviceSettings(settings);
      devices.settle(program, socket, each);
      Addresses.plan(addresses, socket);
      devices.finish(socket, each);
      Routes.INET.plan(routes, socket);
      Routes.INET6.plan(routes6, socket);
      RoutingRules.plan(rules, socket);
    }
  }

  /** Appends what follows when devices may have a carrier: without one they lose neighbours. */
  void connect(Program program) {
    if (!isMadeInside()) {
      connecting = program.trap("connecting the devices that lead out of the network namespace");
    }
    try (RouteSocket socket = new RouteSocket(program)) {
      Neighbours.plan(neighbours, socket);
    }
  }

  /** Whether a trap is one of these, at which a task with this pid waits. */
  boolean atTrap(Op trap, int pid) {
    if (trap == making) {
      devices.outer().forEach(device -> device.make(pid));
    } else if (trap == connecting) {
      devices.outer().forEach(OuterDevice::connect);
    }
    return trap == making || trap == connecting;
  }
}
