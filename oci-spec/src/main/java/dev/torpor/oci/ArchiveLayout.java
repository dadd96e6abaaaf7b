// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.util.Set;

/**
 * Which names engines put into checkpoint archives: Podman 4 to 6 (containers/common
 * pkg/checkpoint), CRI-O, containerd 2.1 to 2.3.
 */
final class ArchiveLayout {
  /** Images: one of the two. */
  private static final Set<String> IMAGES = Set.of("checkpoint", "pre-checkpoint");

  private static final Set<String> DIRECTORIES =
      Set.of("checkpoint", "pre-checkpoint", "volumes", "artifacts");

  private static final Set<String> FILES =
      Set.of(
          "config.dump",
          "spec.dump",
          "network.status",
          "stats-dump",
          "stats-restore",
          "dump.log",
          "restore.log",
          "rootfs-diff.tar",
          "deleted.files",
          "devshm-checkpoint.tar",
          "ctr.log",
          "container.log",
          "io.kubernetes.cri-o.LogPath",
          "bind.mounts",
          "status",
          "status.dump",
          "pod.options",
          "pod.dump",
          "artifacts",
          "descriptors.json");

  private static final int MOST_NAME_CHARACTERS = 255;

  private ArchiveLayout() {}

  /** Whether a file of this clean name is one that engines write. */
  static boolean knows(String name) {
    int slash = name.indexOf('/');
    if (slash < 0) {
      return FILES.contains(name);
    }
    return DIRECTORIES.contains(name.substring(0, slash)) && isPlain(name.substring(slash + 1));
  }

  /** Whether it is an image, or lies among those. */
  static boolean isImage(String name) {
    int slash = name.indexOf('/');
    return slash > 0 && IMAGES.contains(name.substring(0, slash));
  }

  /** Letters, digits, dots, dashes and underscores, and no directory in it. */
  private static boolean isPlain(String name) {
    if (name.isEmpty() || name.length() > MOST_NAME_CHARACTERS || name.charAt(0) == '.') {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }
}
