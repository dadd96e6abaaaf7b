// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** How TCP traffic of the tree is held while it is dumped ({@code --network-lock}). */
public enum NetworkLock {
  IPTABLES,
  NFTABLES,
  SKIP;

  static NetworkLock parse(String origin, String text) {
    return switch (text) {
      case "iptables" -> IPTABLES;
      case "nftables" -> NFTABLES;
      case "skip", "none" -> SKIP;
      default ->
          throw OptionException.badValue(
              origin, "--network-lock", text, "iptables, nftables or skip");
    };
  }
}
