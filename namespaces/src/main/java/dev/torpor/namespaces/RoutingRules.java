// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Netlink.FRA_PRIORITY;
import static dev.torpor.linux.Netlink.FRA_PROTOCOL;
import static dev.torpor.linux.Netlink.FRA_SUPPRESS_PREFIXLEN;
import static dev.torpor.linux.Netlink.FRA_TABLE;
import static dev.torpor.linux.Netlink.RT_TABLE_DEFAULT;
import static dev.torpor.linux.Netlink.RT_TABLE_LOCAL;
import static dev.torpor.linux.Netlink.RT_TABLE_MAIN;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.FibRuleHdr;
import dev.torpor.linux.NetlinkAttributes;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Socket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Routing rules, ip-rule(8). A namespace is born with three for IPv4 and two for IPv6. CRIU saves
 * those of IPv4 and brings back what it finds, in place of the three: behind them, others of IPv6
 * do it no harm.
 */
final class RoutingRules {
  /** The first word of what iproute2 saves: its ip/iprule.c. */
  private static final int MAGIC = 0x71706986;

  /** Of fib_default_rules_init in net/ipv4/fib_rules.c, by ascending priority. */
  private static final int[] TABLES = {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT};

  private static final int[] PRIORITIES = {0, 0x7ffe, 0x7fff};

  /** IPv6 has no default. */
  private static final int OWN_INET6 = 2;

  private static final Set<Integer> OWN_ATTRIBUTES =
      Set.of(FRA_PRIORITY, FRA_PROTOCOL, FRA_SUPPRESS_PREFIXLEN, FRA_TABLE);

  private RoutingRules() {}

  /** Those of the thread's namespace, but the own ones of IPv6. */
  static List<byte[]> ask() {
    List<byte[]> rules = new ArrayList<>(askFor(Socket.AF_INET));
    for (byte[] rule : askFor(Socket.AF_INET6)) {
      if (ownNumber(SavedMessage.of(rule, FibRuleHdr.SIZEOF)) < 0) {
        rules.add(rule);
      }
    }
    return rules;
  }

  private static List<byte[]> askFor(int family) {
    byte[] header = new byte[FibRuleHdr.SIZEOF];
    header[FibRuleHdr.family] = (byte) family;
    return NetlinkQuery.answers(Netlink.NETLINK_ROUTE, "RTM_GETRULE", Netlink.RTM_GETRULE, header);
  }

  /** That one of IPv6 was deleted, for which images have no place; or null. */
  static String refusal() {
    List<byte[]> rules = askFor(Socket.AF_INET6);
    int own = 0;
    for (SavedMessage rule : SavedMessage.of(rules, FibRuleHdr.SIZEOF)) {
      own += ownNumber(rule) < 0 ? 0 : 1;
    }
    return rules.isEmpty() || own == OWN_INET6
        ? null
        : "that a routing rule of IPv6 was deleted which a namespace is born with";
  }

  /** Whether a namespace has exactly these by itself. */
  static boolean areOwn(List<byte[]> messages) {
    return messages.size() == TABLES.length
        && missing(SavedMessage.of(messages, FibRuleHdr.SIZEOF)).isEmpty();
  }

  static void write(CapturedImages images, int id, List<byte[]> messages) throws IOException {
    SavedMessage.writeAll(
        images.streamRaw(ImageType.RULE, id), MAGIC, Netlink.RTM_NEWRULE, messages);
  }

  static List<SavedMessage> read(ReturnedNamespace namespace) {
    NetImage image = new NetImage(namespace, ImageType.RULE);
    return SavedMessage.readAll(image, MAGIC, Netlink.RTM_NEWRULE, FibRuleHdr.SIZEOF);
  }

  /** Appends the calls that make them of those a namespace is born with. */
  static void plan(List<SavedMessage> rules, RouteSocket socket) {
    if (rules.isEmpty()) {
      // Not saved, as CRIU does where there is no ip(8) that could.
      return;
    }
    for (int number : missing(rules)) {
      socket.request(
          "deleting the routing rule of priority " + PRIORITIES[number],
          new NetlinkMessage(Netlink.RTM_DELRULE, 0, born())
              .number(FRA_TABLE, TABLES[number])
              .number(FRA_PRIORITY, PRIORITIES[number]),
          RouteSocket.NONE);
    }
    for (SavedMessage rule : rules) {
      if (ownNumber(rule) < 0) {
        int change = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        NetlinkMessage message = new NetlinkMessage(Netlink.RTM_NEWRULE, change, rule.header());
        for (int attribute : rule.attributes().types()) {
          message.bytes(attribute, rule.attributes().bytes(attribute));
        }
        socket.request("making " + text(rule), message, RouteSocket.NONE);
      }
    }
  }

  private static byte[] born() {
    byte[] header = new byte[FibRuleHdr.SIZEOF];
    header[FibRuleHdr.family] = Socket.AF_INET;
    header[FibRuleHdr.action] = Netlink.FR_ACT_TO_TBL;
    return header;
  }

  /** Which of the own ones of IPv4 are not there. */
  private static List<Integer> missing(List<SavedMessage> rules) {
    List<Integer> missing = new ArrayList<>(List.of(0, 1, 2));
    for (SavedMessage rule : rules) {
      if (rule.headerByte(FibRuleHdr.family) == Socket.AF_INET) {
        missing.remove((Integer) ownNumber(rule));
      }
    }
    return missing;
  }

  /** Which of the rules that a namespace is born with it is, or -1. */
  private static int ownNumber(SavedMessage rule) {
    NetlinkAttributes attributes = rule.attributes();
    boolean plain =
        OWN_ATTRIBUTES.containsAll(attributes.types())
            && rule.headerByte(FibRuleHdr.dst_len) == 0
            && rule.headerByte(FibRuleHdr.src_len) == 0
            && rule.headerByte(FibRuleHdr.tos) == 0
            && rule.headerByte(FibRuleHdr.action) == Netlink.FR_ACT_TO_TBL
            && rule.headerInt(FibRuleHdr.flags) == 0
            && attributes.number(FRA_SUPPRESS_PREFIXLEN, -1) == -1;
    for (int number = 0; plain && number < TABLES.length; number++) {
      if (attributes.number(FRA_TABLE, 0) == TABLES[number]
          && attributes.number(FRA_PRIORITY, 0) == PRIORITIES[number]) {
        return number;
      }
    }
    return -1;
  }

  private static String text(SavedMessage rule) {
    return "the routing rule of priority " + rule.attributes().number(FRA_PRIORITY, 0);
  }
}
