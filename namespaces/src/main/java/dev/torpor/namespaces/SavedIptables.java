// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.proc.Words;
import java.util.List;
import java.util.Set;

/** What iptables-save(8) and ip6tables-save(8) print. */
final class SavedIptables implements PacketFilter.SavedRules {
  /** CRIU's lock in table filter; a packet of its own has the mark. */
  private static final Set<String> LOCK =
      Set.of(
          "-A INPUT -j CRIU",
          "-A OUTPUT -j CRIU",
          "-A CRIU -m mark --mark 0xc114 -j ACCEPT",
          "-A CRIU -j DROP");

  @Override
  public String firstOf(String text) {
    String table = "";
    for (String line : Words.split(text, '\n')) {
      if (line.startsWith("*")) {
        table = line.substring(1);
      } else if (!isSkipped(line) && !isOfLock(table, line)) {
        return "\"" + line + "\" of table " + table;
      }
    }
    return null;
  }

  /** Chains are named with their policy and counters, and those of the kernel accept at first. */
  private static boolean isSkipped(String line) {
    List<String> words = Words.of(line);
    return words.isEmpty()
        || line.startsWith("#")
        || line.equals("COMMIT")
        || (line.startsWith(":") && words.size() > 1 && words.get(1).equals("ACCEPT"));
  }

  private static boolean isOfLock(String table, String line) {
    return table.equals("filter") && (LOCK.contains(line) || line.startsWith(":CRIU - "));
  }
}
