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
  /** Missing directories are made; properties are set on those only. */
  SOFT,
  /** Missing directories are made; properties are set on all. */
  FULL,
  /** All directories are made; one that exists fails the restore. */
  STRICT;

  /** CRIU's {@code CG_MODE_DEFAULT}: without the option, and with it if it has no value. */
  public static final ManageCgroupsMode DEFAULT = SOFT;

  /** The mode that has this name on the command line, or null. */
  public static ManageCgroupsMode ofName(String name) {
    return switch (name) {
      case "ignore" -> IGNORE;
      case "none" -> NONE;
      case "props" -> PROPS;
      case "soft" -> SOFT;
      case "full" -> FULL;
      case "strict" -> STRICT;
      default -> null;
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
