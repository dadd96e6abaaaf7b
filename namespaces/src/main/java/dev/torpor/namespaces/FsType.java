// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.fstype;

/** The types of file systems that CRIU numbers, and what is done with a mount of each. */
enum FsType {
  /** Any file system that is not mounted anew: the root, or what is bound from outside. */
  OTHER(fstype.UNSUPPORTED, "", Way.OUTSIDE),
  PROC(fstype.PROC, "proc", Way.MOUNT),
  SYSFS(fstype.SYSFS, "sysfs", Way.MOUNT),
  DEVTMPFS(fstype.DEVTMPFS, "devtmpfs", Way.MOUNT),
  BINFMT_MISC(fstype.BINFMT_MISC, "binfmt_misc", Way.MOUNT),
  TMPFS(fstype.TMPFS, "tmpfs", Way.FILL),
  DEVPTS(fstype.DEVPTS, "devpts", Way.MOUNT),
  SIMFS(fstype.SIMFS, "simfs", Way.OUTSIDE),
  PSTORE(fstype.PSTORE, "pstore", Way.MOUNT),
  SECURITYFS(fstype.SECURITYFS, "securityfs", Way.MOUNT),
  FUSECTL(fstype.FUSECTL, "fusectl", Way.MOUNT),
  DEBUGFS(fstype.DEBUGFS, "debugfs", Way.MOUNT),
  CGROUP(fstype.CGROUP, "cgroup", Way.MOUNT),
  AUFS(fstype.AUFS, "aufs", Way.OUTSIDE),
  MQUEUE(fstype.MQUEUE, "mqueue", Way.MOUNT),
  FUSE(fstype.FUSE, "fuse", Way.OUTSIDE),
  /** Of the types given with {@code --enable-fs}. */
  AUTO(fstype.AUTO, "", Way.OUTSIDE),
  OVERLAY(fstype.OVERLAYFS, "overlay", Way.OUTSIDE),
  AUTOFS(fstype.AUTOFS, "autofs", Way.OUTSIDE),
  TRACEFS(fstype.TRACEFS, "tracefs", Way.MOUNT),
  CGROUP2(fstype.CGROUP2, "cgroup2", Way.MOUNT);

  /** How a mount of the file system's root comes back. */
  enum Way {
    /** Mounted by its type; the kernel owns its content. */
    MOUNT,
    /** Mounted by its type, then its content comes from the images. */
    FILL,
    /** Not made by Torpor: it must be there already and be named by an option. */
    OUTSIDE
  }

  private final fstype image;
  private final String kernelName;
  private final Way way;

  FsType(fstype image, String kernelName, Way way) {
    this.image = image;
    this.kernelName = kernelName;
    this.way = way;
  }

  /** By the name in mountinfo, fields without a number are {@link #OTHER}. */
  static FsType ofKernelName(String name) {
    for (FsType type : values()) {
      if (!type.kernelName.isEmpty() && type.kernelName.equals(name)) {
        return type;
      }
    }
    return OTHER;
  }

  /** By the number in an image, or null. */
  static FsType ofImage(int number) {
    for (FsType type : values()) {
      if (type.image.getNumber() == number) {
        return type;
      }
    }
    return null;
  }

  int number() {
    return image.getNumber();
  }

  String kernelName() {
    return kernelName;
  }

  Way way() {
    return way;
  }
}
