// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** How cgroups are treated ({@code --manage-cgroups}); constants in the order of RPC numbers. */
public enum ManageCgroups {
  /** Neither written nor created: tasks stay in Torpor's own cgroups. */
  IGNORE,
  /** Tasks move into cgroups that exist; missing ones are an error. */
  NONE,
  /** Properties are restored, cgroups must exist. */
  PROPS,
  /** Properties of cgroups that had to be created are restored. */
  SOFT,
  /** Cgroups are created and properties restored, existing ones included. */
  FULL,
  /** Cgroups must not exist. */
  STRICT;

  /** Mode by its name on the command line. */
  static ManageCgroups parse(String origin, String text) {
    return switch (text) {
      case "none" -> NONE;
      case "props" -> PROPS;
      case "soft" -> SOFT;
      case "full" -> FULL;
      case "strict" -> STRICT;
      case "ignore" -> IGNORE;
      default ->
          throw OptionException.badValue(
              origin, "--manage-cgroups", text, "none, props, soft, full, strict or ignore");
    };
  }
}
