// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rootfs;

import dev.torpor.linux.Directory;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Stat.StructStat;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Xattr;
import dev.torpor.namespaces.TreeArchive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a container has changed in its root file system, an overlay. Where things changed is read
 * from the upper layer, what they are now from the overlay: that knows of directories that were
 * renamed and files of which only the owner changed.
 *
 * <p>Podman deletes after it has unpacked, so nothing is said to be deleted that is there again: of
 * a directory that took the place of another it is what the new one does not have.
 */
public final class RootChanges {
  private static final int DIRECTORY =
      Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
  private static final long WITHIN = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS;
  private static final String OPAQUE = "trusted.overlay.opaque";
  private static final String REDIRECT = "trusted.overlay.redirect";

  private final OverlayLayers layers;
  private final Path merged;
  private final Set<String> mountPoints;
  private final String owner;
  private final Set<String> deleted = new LinkedHashSet<>();
  private TreeArchive archive;

  /**
   * Prepares to read.
   *
   * @param merged where the host has the overlay mounted
   * @param mountPoints of the container, from its root: empty files that the runtime made for them
   *     are no change
   */
  public RootChanges(OverlayLayers layers, Path merged, Set<String> mountPoints) {
    this.layers = layers;
    this.merged = merged;
    this.mountPoints = mountPoints;
    this.owner = "root file system " + merged;
  }

  /**
   * Writes what is new or other.
   *
   * @param device of the overlay, to be sure of it
   */
  public void write(TreeArchive into, int device) throws IOException {
    archive = into;
    int now = -1;
    int upper = -1;
    try {
      now = Fcntl.open(merged.toString(), DIRECTORY, 0);
      upper = Fcntl.open(layers.upper().toString(), DIRECTORY, 0);
      requireDevice(now, device);
      walk(upper, now, "", layers.lowers());
    } catch (ErrnoException e) {
      throw new IOException(owner + " cannot be read: " + Errno.describe(e.errno()), e);
    } finally {
      close(now);
      close(upper);
    }
  }

  private void requireDevice(int fd, int device) throws IOException {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      long found = stat.getLong(StructStat.st_dev);
      if ((Stat.major(found) << 20 | Stat.minor(found)) != device) {
        throw new IOException(
            merged
                + " is not what the container has for a root: its engine keeps that in a mount"
                + " namespace of its own, run this there");
      }
    }
  }

  private static void close(int fd) {
    if (fd >= 0) {
      Unistd.close(fd);
    }
  }

  /** Paths, from the container's root, of what is no longer there. */
  public List<String> deleted() {
    return List.copyOf(deleted);
  }

  private void walk(int upper, int now, String path, List<Path> lowers) throws IOException {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      for (String name : new Directory(upper).names()) {
        Stat.fstatat(upper, name, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
        String child = path.isEmpty() ? name : path + '/' + name;
        int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
        if (kind == Stat.S_IFCHR && stat.getLong(StructStat.st_rdev) == 0) {
          deleted.add('/' + child);
        } else if (kind == Stat.S_IFDIR) {
          walkDirectory(upper, now, name, child, lowers);
        } else if (!isMountPoint(child, stat)) {
          archive.writeOne(now, name, child, owner);
        }
      }
    }
  }

  private boolean isMountPoint(String path, NativeMemory stat) {
    return mountPoints.contains('/' + path)
        && (stat.getInt(StructStat.st_mode) & Stat.S_IFMT) == Stat.S_IFREG
        && stat.getLong(StructStat.st_size) == 0;
  }

  private void walkDirectory(int upper, int now, String name, String path, List<Path> lowers)
      throws IOException {
    int changed = Fcntl.openat(upper, name, DIRECTORY, 0);
    int current = Fcntl.openat(now, name, DIRECTORY, 0);
    try {
      List<String> attributes = Xattr.list(changed);
      if (attributes.contains(REDIRECT)) {
        deleteHidden(current, path, lowers);
        archive.writeTree(current, path + '/', owner);
        return;
      }
      archive.writeOne(now, name, path, owner);
      boolean isOpaque = attributes.contains(OPAQUE) && Xattr.get(changed, OPAQUE)[0] == 'y';
      if (isOpaque) {
        deleteHidden(current, path, lowers);
      }
      walk(changed, current, path, isOpaque ? List.of() : lowers);
    } finally {
      Unistd.close(changed);
      Unistd.close(current);
    }
  }

  /** What of the image is not seen through a directory that took the place of another. */
  private void deleteHidden(int current, String path, List<Path> lowers) {
    Set<String> seen = new HashSet<>(new Directory(current).names());
    Set<String> inBoth = new LinkedHashSet<>();
    for (Path lower : lowers) {
      // Engines give short links for layers.
      int root = Fcntl.open(lower.toString(), DIRECTORY & ~Fcntl.O_NOFOLLOW, 0);
      try {
        for (String name : namesIn(root, path)) {
          if (seen.contains(name)) {
            inBoth.add(name);
          } else {
            deleted.add('/' + path + '/' + name);
          }
        }
      } finally {
        Unistd.close(root);
      }
    }
    for (String name : inBoth) {
      int fd = openIfDirectory(current, name);
      if (fd >= 0) {
        deleteHidden(fd, path + '/' + name, lowers);
        Unistd.close(fd);
      }
    }
  }

  private static int openIfDirectory(int dirfd, String name) {
    try {
      return Fcntl.openat(dirfd, name, DIRECTORY, 0);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
        return -1;
      }
      throw e;
    }
  }

  /** None if a layer has no such directory. */
  private static List<String> namesIn(int layer, String path) {
    int fd;
    try {
      fd = Fcntl.openat2(layer, path, DIRECTORY, 0, WITHIN);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
        return List.of();
      }
      throw e;
    }
    try {
      return new Directory(fd).names();
    } finally {
      Unistd.close(fd);
    }
  }
}
