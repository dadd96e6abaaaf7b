// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Mount.MS_DIRSYNC;
import static dev.torpor.linux.Mount.MS_MANDLOCK;
import static dev.torpor.linux.Mount.MS_NOATIME;
import static dev.torpor.linux.Mount.MS_NODEV;
import static dev.torpor.linux.Mount.MS_NODIRATIME;
import static dev.torpor.linux.Mount.MS_NOEXEC;
import static dev.torpor.linux.Mount.MS_NOSUID;
import static dev.torpor.linux.Mount.MS_NOSYMFOLLOW;
import static dev.torpor.linux.Mount.MS_PRIVATE;
import static dev.torpor.linux.Mount.MS_RDONLY;
import static dev.torpor.linux.Mount.MS_REC;
import static dev.torpor.linux.Mount.MS_RELATIME;
import static dev.torpor.linux.Mount.MS_SHARED;
import static dev.torpor.linux.Mount.MS_SLAVE;
import static dev.torpor.linux.Mount.MS_STRICTATIME;
import static dev.torpor.linux.Mount.MS_SYNCHRONOUS;
import static dev.torpor.linux.Mount.MS_UNBINDABLE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.Words;

/**
 * Flags of mount(2), defined in include/uapi/linux/mount.h, and their words in mountinfo. Images
 * keep the flags of a mount and those of its superblock apart, and all other options as text.
 */
final class MountFlags {
  /** What a mount of an image can have; anything else is not known to Torpor. */
  static final int KNOWN_MOUNT =
      MS_RDONLY
          | MS_NOSUID
          | MS_NODEV
          | MS_NOEXEC
          | MS_NOSYMFOLLOW
          | MS_NOATIME
          | MS_NODIRATIME
          | MS_REC
          | MS_UNBINDABLE
          | MS_PRIVATE
          | MS_SLAVE
          | MS_SHARED
          | MS_RELATIME
          | MS_STRICTATIME;

  /** What a superblock of an image can have. */
  static final int KNOWN_SUPER = MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC;

  private MountFlags() {}

  /** Flags of a mount: its options, and how it takes part in propagation. */
  static int ofMount(MountInfo mount) {
    int flags = 0;
    for (String word : Words.split(mount.options(), ',')) {
      flags |= ofMountWord(mount, word);
    }
    if ((flags & (MS_NOATIME | MS_RELATIME)) == 0) {
      flags |= MS_STRICTATIME;
    }
    flags |= mount.sharedId() == 0 ? 0 : MS_SHARED;
    flags |= mount.masterId() == 0 ? 0 : MS_SLAVE;
    return flags | (mount.unbindable() ? MS_UNBINDABLE : 0);
  }

  private static int ofMountWord(MountInfo mount, String word) {
    return switch (word) {
      case "rw" -> 0;
      case "ro" -> MS_RDONLY;
      case "nosuid" -> MS_NOSUID;
      case "nodev" -> MS_NODEV;
      case "noexec" -> MS_NOEXEC;
      case "noatime" -> MS_NOATIME;
      case "nodiratime" -> MS_NODIRATIME;
      case "relatime" -> MS_RELATIME;
      case "nosymfollow" -> MS_NOSYMFOLLOW;
      default ->
          throw new UnsupportedException(
              "mount " + mount.mountPoint(), "the mount option \"" + word + "\" is not carried");
    };
  }

  /** Flags among the options of a superblock. */
  static int ofSuper(String options) {
    int flags = 0;
    for (String word : Words.split(options, ',')) {
      flags |= ofSuperWord(word);
    }
    return flags;
  }

  /** The options of a superblock that are no flags, for the last argument of mount(2). */
  static String dataOfSuper(String options) {
    StringBuilder data = new StringBuilder();
    for (String word : Words.split(options, ',')) {
      if (!word.equals("rw") && ofSuperWord(word) == 0) {
        data.append(data.length() == 0 ? "" : ",").append(word);
      }
    }
    return data.toString();
  }

  private static int ofSuperWord(String word) {
    return switch (word) {
      case "ro" -> MS_RDONLY;
      case "sync" -> MS_SYNCHRONOUS;
      case "dirsync" -> MS_DIRSYNC;
      case "mand" -> MS_MANDLOCK;
      default -> 0;
    };
  }
}
