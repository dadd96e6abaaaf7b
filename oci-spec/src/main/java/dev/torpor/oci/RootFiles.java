// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * What changed in a container's root file system: the list of {@code rootfs-diff.tar}. Nothing of
 * it is unpacked.
 *
 * @param changed files that are new or other than in the container's image
 * @param more how many were left out, since the list is long
 */
public record RootFiles(List<Changed> changed, int more) {
  private static final int MOST = 20_000;

  /**
   * One of them.
   *
   * @param path as the archive names it
   * @param type file, directory, symbolic link, hard link, fifo, device
   * @param lengthBytes of a file
   * @param mode permissions
   * @param uid owner
   * @param gid its group
   * @param modifiedMillis since 1970
   * @param target of a link, null for all else
   */
  public record Changed(
      String path,
      String type,
      long lengthBytes,
      int mode,
      long uid,
      long gid,
      long modifiedMillis,
      String target) {}

  /** There are none. */
  static RootFiles none() {
    return new RootFiles(List.of(), 0);
  }

  static RootFiles read(String name, InputStream stream, ArchiveLimits limits) throws IOException {
    List<Changed> changed = new ArrayList<>();
    int more = 0;
    // Not closed: it is an entry of a stream that goes on.
    GuardedTar tar = new GuardedTar(name, stream, limits);
    TarArchiveEntry entry;
    while ((entry = tar.next()) != null) {
      if (changed.size() == MOST) {
        more++;
      } else {
        changed.add(of(entry));
      }
    }
    return new RootFiles(changed, more);
  }

  private static Changed of(TarArchiveEntry entry) {
    return new Changed(
        entry.getName(),
        type(entry),
        entry.getSize(),
        entry.getMode(),
        entry.getLongUserId(),
        entry.getLongGroupId(),
        entry.getLastModifiedTime().toMillis(),
        entry.isSymbolicLink() || entry.isLink() ? entry.getLinkName() : null);
  }

  /** What kind of thing an entry is. */
  static String type(TarArchiveEntry entry) {
    // By the flag: isDirectory() and isFile() are also true for what has such a name only.
    byte flag = entry.getLinkFlag();
    if (flag == TarArchiveEntry.LF_NORMAL || flag == TarArchiveEntry.LF_OLDNORM) {
      return entry.getName().endsWith("/") ? "directory" : "file";
    }
    if (flag == TarArchiveEntry.LF_DIR) {
      return "directory";
    }
    if (entry.isSymbolicLink()) {
      return "symbolic link";
    }
    if (entry.isLink()) {
      return "hard link";
    }
    if (entry.isFIFO()) {
      return "fifo";
    }
    return entry.isCharacterDevice() || entry.isBlockDevice()
        ? "device"
        : "entry of type '" + (char) flag + "'";
  }
}
