// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import dev.torpor.linux.Rtnetlink.Ndmsg;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Neighbours that somebody has set, and addresses that are answered for, ip-neighbour(8). Those the
 * kernel has found it finds again. CRIU knows none of them.
 */
final class Neighbours {
  /** What became of one. */
  private static final Set<Integer> TOLD = Set.of(Rtnetlink.NDA_CACHEINFO, Rtnetlink.NDA_PROBES);

  private Neighbours() {}

  /** Those of the thread's namespace, as messages without their netlink headers. */
  static List<byte[]> ask() {
    List<byte[]> set = new ArrayList<>(askFor(Rtnetlink.NTF_PROXY));
    for (byte[] message : askFor(0)) {
      int state = SavedMessage.of(message, Ndmsg.SIZEOF).headerShort(Ndmsg.ndm_state);
      if ((state & Rtnetlink.NUD_PERMANENT) != 0) {
        set.add(message);
      }
    }
    return set;
  }

  private static List<byte[]> askFor(int flags) {
    byte[] header = new byte[Ndmsg.SIZEOF];
    header[Ndmsg.ndm_flags] = (byte) flags;
    return NetlinkQuery.answers(
        Netlink.NETLINK_ROUTE, "RTM_GETNEIGH", Netlink.RTM_GETNEIGH, header);
  }

  /** Appends the calls that set them. */
  static void plan(List<SavedMessage> neighbours, RouteSocket socket) {
    for (SavedMessage neighbour : neighbours) {
      int change = Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE;
      NetlinkMessage message = new NetlinkMessage(Netlink.RTM_NEWNEIGH, change, neighbour.header());
      for (int attribute : neighbour.attributes().types()) {
        if (!TOLD.contains(attribute)) {
          message.bytes(attribute, neighbour.attributes().bytes(attribute));
        }
      }
      String address = IpText.of(neighbour.attributes().bytes(Rtnetlink.NDA_DST));
      socket.request("setting the neighbour " + address, message, RouteSocket.NONE);
    }
  }
}
