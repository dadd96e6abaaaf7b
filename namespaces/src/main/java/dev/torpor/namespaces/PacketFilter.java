// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageType;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Nftables;
import java.io.File;
import java.util.List;

/**
 * What filters and tracks packets: iptables, nftables, connections. Refused by a dump, and by a
 * restore of what CRIU saved. CRIU locks the network of the tree before it saves, so that its own
 * rules are in the images; these are looked through.
 */
final class PacketFilter {
  private static final int NFT_GETTABLE =
      Nftables.NFNL_SUBSYS_NFTABLES << Byte.SIZE | Nftables.NFT_MSG_GETTABLE;

  private PacketFilter() {}

  /** Whether a running namespace has tables of iptables. */
  static boolean hasIptables(DumpedNamespace namespace) {
    for (String file : List.of("net/ip_tables_names", "net/ip6_tables_names")) {
      if (new File(namespace.proc().path(namespace.pid(), file)).exists()
          && !namespace.proc().text(namespace.pid(), file).isBlank()) {
        return true;
      }
    }
    return false;
  }

  /** Whether the namespace of this thread has tables of nftables. */
  static boolean hasNftables() {
    byte[] anyFamily = new byte[Nftables.Nfgenmsg.SIZEOF];
    return NetlinkQuery.count(
            Netlink.NETLINK_NETFILTER, "NFT_MSG_GETTABLE", NFT_GETTABLE, anyFamily)
        != 0;
  }

  /** Refuses what CRIU saved of a namespace, but for its own locks. */
  static void refuseSaved(ReturnedNamespace namespace) {
    refuse(new NetImage(namespace, ImageType.IPTABLES), new SavedIptables());
    refuse(new NetImage(namespace, ImageType.IP6TABLES), new SavedIptables());
    refuse(new NetImage(namespace, ImageType.NFTABLES), new SavedNftables());
    refuseTracked(new NetImage(namespace, ImageType.NETNF_CT), "the state of tracked connections");
    refuseTracked(new NetImage(namespace, ImageType.NETNF_EXP), "what connections are expected");
  }

  private static void refuse(NetImage image, SavedRules rules) {
    String found = rules.firstOf(KernelString.decode(image.bytes()));
    if (found != null) {
      throw image.lost(found);
    }
  }

  private static void refuseTracked(NetImage image, String what) {
    if (image.bytes().length > 0) {
      throw image.lost(what);
    }
  }

  /** Text that a tool printed of its rules. */
  interface SavedRules {
    /** The first thing that neither a namespace has by itself nor CRIU put there, or null. */
    String firstOf(String text);
  }
}
