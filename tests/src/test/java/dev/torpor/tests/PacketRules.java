// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import dev.torpor.linux.KernelString;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.Nftables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What filters packets on this machine: the rules of iptables, and the tables of nftables. */
final class PacketRules {
  private static final int GET_RULE = 7;
  private static final int HEADER_BYTES = Nftables.Nfgenmsg.SIZEOF;

  /** Both kinds begin with the name of the table. */
  private static final int NAME_AT = Netlink.Nlattr.SIZEOF;

  private PacketRules() {}

  static List<String> here() {
    List<String> all = new ArrayList<>();
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_NETFILTER)) {
      for (int kind : new int[] {Nftables.NFT_MSG_GETTABLE, GET_RULE}) {
        int type = (Nftables.NFNL_SUBSYS_NFTABLES << Byte.SIZE) | kind;
        for (byte[] one : netlink.dump("rules", type, new byte[HEADER_BYTES])) {
          // The header tells how often anything was changed. A rule has counters: its length is
          // kept.
          String text = KernelString.decode(Arrays.copyOfRange(one, HEADER_BYTES, one.length));
          String name = text.substring(NAME_AT, text.indexOf(0, NAME_AT));
          // iptables makes its table, for each family, at its first use on a machine, and keeps it.
          if (kind == GET_RULE) {
            all.add(name + " " + one.length);
          } else if (!name.equals("filter")) {
            all.add(name);
          }
        }
      }
    }
    return all;
  }
}
