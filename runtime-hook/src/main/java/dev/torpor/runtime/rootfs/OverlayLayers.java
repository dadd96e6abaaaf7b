// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rootfs;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.MountInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The directories an overlay is made of, Documentation/filesystems/overlayfs.rst.
 *
 * @param upper where changes are
 * @param lowers of the image, the topmost first
 */
public record OverlayLayers(Path upper, List<Path> lowers) {
  private static final String LOWER = "lowerdir=";
  private static final String UPPER = "upperdir=";

  /**
   * Those of a mount; null if it is no overlay, or one that nobody can write to.
   *
   * @param rootfs where the host has it. Engines name layers from the directory of all of them when
   *     there are many: {@code HOME/LAYER/merged} and {@code HOME/LAYER/diff} of containers/storage
   *     and Docker, {@code HOME/NUMBER/fs} of containerd, whose upper one has its whole name
   */
  public static OverlayLayers of(MountInfo mount, Path rootfs) {
    if (!mount.type().equals("overlay")) {
      return null;
    }
    String options = MountInfo.unescape(mount.superOptions());
    if (options.indexOf('\\') >= 0 || options.contains("::")) {
      throw new UnsupportedException(
          "root file system " + rootfs,
          "its overlay has a layer with a colon or comma in its name");
    }
    String upper = value(options, UPPER);
    if (upper == null) {
      return null;
    }
    Path upperPath = rootfs.resolve("../..").resolve(upper).normalize();
    Path home = upperPath.resolve("../..");
    List<Path> lowers = new ArrayList<>();
    String lower = value(options, LOWER);
    for (String each : lower == null ? new String[0] : lower.split(":")) {
      lowers.add(home.resolve(each).normalize());
    }
    return new OverlayLayers(upperPath, lowers);
  }

  private static String value(String options, String key) {
    for (String option : options.split(",")) {
      if (option.startsWith(key)) {
        return option.substring(key.length());
      }
    }
    return null;
  }
}
