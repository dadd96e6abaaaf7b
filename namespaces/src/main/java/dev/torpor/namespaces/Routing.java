// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Netlink.FRA_PRIORITY;
import static dev.torpor.linux.Netlink.FRA_PROTOCOL;
import static dev.torpor.linux.Netlink.FRA_SUPPRESS_PREFIXLEN;
import static dev.torpor.linux.Netlink.FRA_TABLE;
import static dev.torpor.linux.Netlink.RT_TABLE_DEFAULT;
import static dev.torpor.linux.Netlink.RT_TABLE_LOCAL;
import static dev.torpor.linux.Netlink.RT_TABLE_MAIN;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.FibRuleHdr;
import dev.torpor.linux.Netlink.Ifaddrmsg;
import dev.torpor.linux.Netlink.Rtmsg;
import dev.torpor.linux.Socket;
import dev.torpor.proc.Words;
import java.io.File;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Addresses, routes and routing rules. A namespace has some by itself: three rules, and once its
 * loopback device is up the addresses of that, whose routes are in the table that is not saved. A
 * dump refuses all others, and so does a restore of what CRIU saved.
 */
final class Routing {
  /** The first words of what iproute2 saves: its ip/ipaddress.c, iproute.c, iprule.c. */
  private static final int ADDRESSES_MAGIC = 0x47361222;

  private static final int ROUTES_MAGIC = 0x45311224;
  private static final int RULES_MAGIC = 0x71706986;

  /** Of fib_default_rules_init in net/ipv4/fib_rules.c, by ascending priority. */
  private static final int[] RULE_TABLES = {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT};

  private static final int[] RULE_PRIORITIES = {0, 0x7ffe, 0x7fff};

  private static final Set<Integer> RULE_ATTRIBUTES =
      Set.of(FRA_PRIORITY, FRA_PROTOCOL, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE);

  /** IPv6 has no default. */
  private static final int MOST_RULES_INET6 = 2;

  private static final byte[] LOOPBACK_INET = {127, 0, 0, 1};
  private static final byte[] LOOPBACK_INET6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final int PREFIX_INET = 8;
  private static final int PREFIX_INET6 = 128;

  private Routing() {}

  /** An address or route that a running namespace does not have by itself, or null. */
  static String addressIn(DumpedNamespace namespace) {
    for (String line : Words.split(namespace.proc().text(namespace.pid(), "net/fib_trie"), '\n')) {
      int leaf = line.indexOf("|-- ");
      String address = leaf < 0 ? "127.0.0.1" : line.substring(leaf + 4).trim();
      if (!List.of("127.0.0.0", "127.0.0.1", "127.255.255.255").contains(address)) {
        return "the address or route " + address;
      }
    }
    if (!new File(namespace.proc().path(namespace.pid(), "net/if_inet6")).exists()) {
      return null;
    }
    for (String line : Words.split(namespace.proc().text(namespace.pid(), "net/if_inet6"), '\n')) {
      if (!line.isEmpty() && !line.startsWith("00000000000000000000000000000001 ")) {
        return "the address " + Words.of(line).get(0);
      }
    }
    return null;
  }

  /** Whether the namespace of this thread has other routing rules than those it is born with. */
  static boolean hasRules() {
    return rulesOf(Socket.AF_INET) != RULE_TABLES.length
        || rulesOf(Socket.AF_INET6) > MOST_RULES_INET6;
  }

  private static int rulesOf(int family) {
    byte[] header = new byte[FibRuleHdr.SIZEOF];
    header[FibRuleHdr.family] = (byte) family;
    return NetlinkQuery.count(Netlink.NETLINK_ROUTE, "RTM_GETRULE", Netlink.RTM_GETRULE, header);
  }

  /** Refuses what CRIU saved of a namespace, but for what one has by itself. */
  static void refuseSaved(ReturnedNamespace namespace) {
    refuseAddresses(new NetImage(namespace, ImageType.IFADDR));
    refuseRoutes(new NetImage(namespace, ImageType.ROUTE));
    refuseRoutes(new NetImage(namespace, ImageType.ROUTE6));
    refuseRules(new NetImage(namespace, ImageType.RULE));
  }

  private static void refuseAddresses(NetImage image) {
    for (SavedMessage message :
        SavedMessage.readAll(image, ADDRESSES_MAGIC, Netlink.RTM_NEWADDR, Ifaddrmsg.SIZEOF)) {
      // Only IPv4 tells the address of this side and that of the other apart.
      byte[] local = message.bytes(Netlink.IFA_LOCAL);
      byte[] address = local == null ? message.bytes(Netlink.IFA_ADDRESS) : local;
      int prefix = message.headerByte(Ifaddrmsg.ifa_prefixlen);
      boolean own =
          prefix == PREFIX_INET
              ? Arrays.equals(address, LOOPBACK_INET)
              : prefix == PREFIX_INET6 && Arrays.equals(address, LOOPBACK_INET6);
      if (!own || message.headerInt(Ifaddrmsg.ifa_index) != Loopback.INDEX) {
        throw image.lost("the address " + text(image, address) + "/" + prefix);
      }
    }
  }

  private static void refuseRoutes(NetImage image) {
    for (SavedMessage route :
        SavedMessage.readAll(image, ROUTES_MAGIC, Netlink.RTM_NEWROUTE, Rtmsg.SIZEOF)) {
      byte[] destination = route.bytes(Netlink.RTA_DST);
      throw image.lost(
          destination == null
              ? "the default route"
              : "the route to "
                  + text(image, destination)
                  + "/"
                  + route.headerByte(Rtmsg.rtm_dst_len));
    }
  }

  private static void refuseRules(NetImage image) {
    List<SavedMessage> rules =
        SavedMessage.readAll(image, RULES_MAGIC, Netlink.RTM_NEWRULE, FibRuleHdr.SIZEOF);
    for (int i = 0; i < rules.size(); i++) {
      if (i >= RULE_TABLES.length || !isOwn(rules.get(i), i)) {
        throw image.lost("the routing rule of priority " + rules.get(i).number(FRA_PRIORITY, 0));
      }
    }
    if (!rules.isEmpty() && rules.size() < RULE_TABLES.length) {
      throw image.lost(
          "that the routing rule of priority " + RULE_PRIORITIES[rules.size()] + " was deleted");
    }
  }

  private static boolean isOwn(SavedMessage rule, int number) {
    for (int attribute : rule.attributes()) {
      if (!RULE_ATTRIBUTES.contains(attribute)) {
        return false;
      }
    }
    return rule.headerByte(FibRuleHdr.dst_len) == 0
        && rule.headerByte(FibRuleHdr.src_len) == 0
        && rule.headerByte(FibRuleHdr.tos) == 0
        && rule.headerByte(FibRuleHdr.action) == Netlink.FR_ACT_TO_TBL
        && rule.headerInt(FibRuleHdr.flags) == 0
        && rule.number(FRA_SUPPRESS_PREFIXLEN, -1) == -1
        && rule.number(FRA_TABLE, 0) == RULE_TABLES[number]
        && rule.number(FRA_PRIORITY, 0) == RULE_PRIORITIES[number];
  }

  private static String text(NetImage image, byte[] address) {
    try {
      return InetAddress.getByAddress(address == null ? new byte[0] : address).getHostAddress();
    } catch (UnknownHostException e) {
      ImageException damaged = image.damaged("an address is not 4 or 16 bytes");
      damaged.addSuppressed(e);
      throw damaged;
    }
  }
}
