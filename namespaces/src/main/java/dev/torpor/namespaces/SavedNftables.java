// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.proc.Words;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** What {@code nft list ruleset} prints: tables, in them chains, in these rules. */
final class SavedNftables implements PacketFilter.SavedRules {
  /** The lock of {@code --network-lock nftables}, of which a table has a name of its own. */
  private static final String LOCK_TABLE = "table inet CRIU-";

  /** The lock of {@code --network-lock iptables}, made by iptables-nft, without counters. */
  private static final Set<String> LOCK =
      Set.of(
          "table ip filter",
          "table ip6 filter",
          "chain CRIU",
          "chain CRIU: meta mark 0x0000c114 accept",
          "chain CRIU: drop",
          "chain INPUT",
          "chain INPUT: type filter hook input priority filter; policy accept;",
          "chain INPUT: jump CRIU",
          "chain OUTPUT",
          "chain OUTPUT: type filter hook output priority filter; policy accept;",
          "chain OUTPUT: jump CRIU");

  private static final int COUNTER_WORDS = 5;

  @Override
  public String firstOf(String text) {
    Deque<String> open = new ArrayDeque<>();
    for (String line : Words.split(text, '\n')) {
      String statement = withoutCounters(line);
      if (statement.isEmpty() || statement.startsWith("#")) {
        continue;
      }
      if (statement.equals("}")) {
        open.pollLast();
        continue;
      }
      boolean opens = statement.endsWith(" {");
      String name = opens ? statement.substring(0, statement.length() - 2) : statement;
      boolean inLock = (open.isEmpty() ? name : open.peekFirst()).startsWith(LOCK_TABLE);
      if (!inLock && !LOCK.contains(opens ? name : open.peekLast() + ": " + name)) {
        return "\"" + name + "\"" + place(open);
      }
      if (opens) {
        open.addLast(name);
      }
    }
    return null;
  }

  /** {@code counter packets 0 bytes 0} may stand before what a rule does. */
  private static String withoutCounters(String line) {
    List<String> words = Words.of(line);
    StringBuilder rest = new StringBuilder();
    for (int i = 0; i < words.size(); i++) {
      if (words.get(i).equals("counter") && words.indexOf("packets") == i + 1) {
        i += COUNTER_WORDS - 1;
      } else {
        rest.append(rest.length() == 0 ? "" : " ").append(words.get(i));
      }
    }
    return rest.toString();
  }

  private static String place(Deque<String> open) {
    StringBuilder place = new StringBuilder();
    for (Iterator<String> outwards = open.descendingIterator(); outwards.hasNext(); ) {
      place.append(" of ").append(outwards.next());
    }
    return place.toString();
  }
}
