// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/** What to do with cgroups: CRIU's {@code --manage-cgroups} and {@code manage_cgroups_mode}. */
public enum ManageCgroupsMode {
  /** Directories are not looked at; tasks stay in the cgroups of whoever restores them. */
  IGNORE,
  /** Tasks are moved into directories that must exist; nothing is set. */
  NONE,
  /** Tasks are moved into directories that must exist, whose properties are set. */
  PROPS,
  /** Missing directories are made; properties are set on those only. The default. */
  SOFT,
  /** Missing directories are made; properties are set on all. */
  FULL,
  /** All directories are made; one that exists fails the restore. */
  STRICT;

  /**
   * Parses the command line option.
   *
   * @param value its value, or null if it was given without one
   * @throws CgroupException if there is no such mode
   */
  public static ManageCgroupsMode ofOption(String value) throws CgroupException {
    if (value == null) {
      return SOFT;
    }
    return switch (value) {
      case "ignore" -> IGNORE;
      case "none" -> NONE;
      case "props" -> PROPS;
      case "soft" -> SOFT;
      case "full" -> FULL;
      case "strict" -> STRICT;
      default ->
          throw new CgroupException(
              "--manage-cgroups: unknown mode '"
                  + value
                  + "'; use ignore, none, props, soft, full or strict");
    };
  }

  /**
   * Converts the number of the RPC enumeration criu_cg_mode.
   *
   * @throws CgroupException if there is no such mode
   */
  public static ManageCgroupsMode ofRpc(int number) throws CgroupException {
    return switch (number) {
      case 0 -> IGNORE;
      case 1 -> NONE;
      case 2 -> PROPS;
      case 3, 6 -> SOFT;
      case 4 -> FULL;
      case 5 -> STRICT;
      default -> throw new CgroupException("manage_cgroups_mode: unknown mode " + number);
    };
  }

  boolean createsMissing() {
    return this == SOFT || this == FULL || this == STRICT;
  }

  boolean setsPropertiesOfExisting() {
    return this == PROPS || this == FULL;
  }

  boolean setsPermissionsOfExisting() {
    return this != NONE;
  }
}
