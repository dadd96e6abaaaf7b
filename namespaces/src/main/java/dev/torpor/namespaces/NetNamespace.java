// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.plan.Contribution;
import java.io.IOException;
import java.util.Set;

/**
 * The network namespace, network_namespaces(7), in one of three ways: given again at the restore
 * ({@code --external net[INODE]:KEY}), made anew by the restore and filled by the caller ({@code
 * --empty-ns net}), or carried, which Torpor does for a loopback device, and settings that images
 * have a place for.
 */
final class NetNamespace implements NamespaceRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(
        ImageType.NETNS,
        ImageType.NETDEV,
        ImageType.IFADDR,
        ImageType.ROUTE,
        ImageType.ROUTE6,
        ImageType.RULE,
        ImageType.IPTABLES,
        ImageType.IP6TABLES,
        ImageType.NFTABLES,
        ImageType.NETNF_CT,
        ImageType.NETNF_EXP);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.NET;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    if (namespace.externalKey() != null || namespace.options().isEmptyNet()) {
      return;
    }
    refuse(namespace, Loopback.neighbourIn(namespace));
    refuse(namespace, Routing.addressIn(namespace));
    refuse(namespace, PacketFilter.hasIptables(namespace) ? "rules of iptables" : null);
    refuse(namespace, namespace.ask(NetNamespace::rules));
    String setting = new NetSysctls(namespace.proc()).difference(namespace.pid());
    refuse(namespace, setting == null ? null : "the setting " + setting);
  }

  private static String rules() {
    if (PacketFilter.hasNftables()) {
      return "tables of nftables";
    }
    return Routing.hasRules() ? "routing rules" : null;
  }

  private static void refuse(DumpedNamespace namespace, String found) {
    if (found != null) {
      throw new UnsupportedException(
          "network namespace of task " + namespace.pid(),
          found
              + " in it is not carried; give --empty-ns net if the restorer sets the network up, or"
              + " --external net["
              + namespace.inode()
              + "]:KEY if the namespace is there at the restore");
    }
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    String externalKey = namespace.externalKey();
    if (externalKey == null && namespace.options().isEmptyNet()) {
      return;
    }
    netns_entry.Builder entry = netns_entry.newBuilder();
    if (externalKey != null) {
      entry.setExtKey(externalKey);
    } else {
      images.add(ImageType.NETDEV, namespace.id(), namespace.ask(() -> loopback(namespace, entry)));
    }
    images.add(ImageType.NETNS, namespace.id(), entry.build());
  }

  private static net_device_entry loopback(DumpedNamespace namespace, netns_entry.Builder entry) {
    net_device_entry.Builder device = Loopback.capture();
    NetSettings.capture(namespace.proc().root() + "/sys", entry, device);
    return device.build();
  }

  @Override
  public String givenKey(ReturnedNamespace namespace) {
    netns_entry entry = namespace.optional(ImageType.NETNS, netns_entry.parser());
    return entry != null && entry.hasExtKey() ? entry.getExtKey() : null;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    if (namespace.options().isEmptyNet()) {
      return program -> Loopback.plan(Loopback.isUp(), program);
    }
    Routing.refuseSaved(namespace);
    PacketFilter.refuseSaved(namespace);
    net_device_entry loopback = Loopback.read(namespace);
    netns_entry saved = namespace.optional(ImageType.NETNS, netns_entry.parser());
    netns_entry settings = saved == null ? netns_entry.getDefaultInstance() : saved;
    NetSettings.check(namespace, settings, loopback);
    return program -> {
      // Only a device that is up keeps an MTU of IPv6 that is not its own: addrconf_notify.
      Loopback.plan(loopback, program);
      NetSettings.plan(namespace, settings, loopback, program);
    };
  }
}
