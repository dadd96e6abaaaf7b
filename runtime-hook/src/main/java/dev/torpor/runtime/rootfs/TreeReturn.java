// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rootfs;

import dev.torpor.linux.Directory;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.OutputFile;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Stat.StructStat;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Xattr;
import dev.torpor.oci.FileArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * Makes the changes that an archive has, in a directory. All is done below its descriptor: no name
 * leads through a symbolic link, into another file system, or out.
 */
public final class TreeReturn implements AutoCloseable {
  private static final int DIRECTORY =
      Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
  private static final int NEW_FILE =
      Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
  private static final long WITHIN =
      Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_XDEV;
  private static final String ATTRIBUTE = "SCHILY.xattr.";
  private static final char REPLACEMENT = 0xfffd;
  private static final int MODE_BITS = 07777;
  private static final int OWN = 0700;
  private static final int OWN_FILE = 0600;
  private static final int SHARED = 0755;

  private final Path root;
  private final FileArchive archive;
  private final List<String> deleted = new ArrayList<>();
  private final int rootFd;

  /** Times of directories, which what is made in them changes. */
  private final Map<String, TarArchiveEntry> directories = new HashMap<>();

  /**
   * Opens a directory.
   *
   * @param archive of what is new or other
   * @param deleted paths of what is to go before
   */
  public TreeReturn(Path root, FileArchive archive, List<String> deleted) throws IOException {
    this.root = root;
    this.archive = archive;
    for (String each : deleted) {
      String path = archive.cleanPath(each);
      if (path.isEmpty()) {
        throw archive.refused(each, "would delete the root");
      }
      this.deleted.add(path);
    }
    try {
      this.rootFd = Fcntl.open(root.toString(), DIRECTORY, 0);
    } catch (ErrnoException e) {
      throw new IOException(root + ": " + Errno.describe(e.errno()), e);
    }
  }

  /** Whether there is nothing in it. */
  public boolean isEmpty() {
    return new Directory(rootFd).names().isEmpty();
  }

  /** Takes out all that is in it. */
  public void clear() {
    for (String name : new Directory(rootFd).names()) {
      remove(rootFd, name);
    }
  }

  /**
   * Looks whether everything can be made, and makes nothing.
   *
   * @throws IOException naming what cannot
   */
  public void check() throws IOException {
    for (String path : deleted) {
      requireWay(path);
    }
    Map<String, Boolean> isDirectory = new HashMap<>();
    archive.read(
        (path, entry, content) -> {
          requireKind(path, entry);
          for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (!isDirectory.getOrDefault(path.substring(0, slash), true)) {
              throw archive.refused(path, "is below what is no directory");
            }
          }
          if (!isDirectory.containsKey(parent(path))) {
            requireWay(path);
          }
          if (entry.isLink() && !isDirectory.containsKey(archive.cleanPath(entry.getLinkName()))) {
            requireWay(archive.cleanPath(entry.getLinkName()));
          }
          isDirectory.put(path, entry.isDirectory());
        });
  }

  private void requireKind(String path, TarArchiveEntry entry) throws IOException {
    if (path.isEmpty() && !entry.isDirectory()) {
      throw archive.refused(entry.getName(), "is a root that is no directory");
    }
    if (entry.isLink()) {
      archive.cleanPath(entry.getLinkName());
    } else if (!entry.isDirectory()
        && !entry.isSymbolicLink()
        && !entry.isFIFO()
        && !isFile(entry)) {
      throw archive.refused(path, "is a device or of an unknown kind");
    }
    for (Map.Entry<String, String> each : entry.getExtraPaxHeaders().entrySet()) {
      if (each.getKey().startsWith(ATTRIBUTE) && each.getValue().indexOf(REPLACEMENT) >= 0) {
        throw archive.refused(path, "has attribute " + each.getKey() + " that is no UTF-8");
      }
    }
  }

  private static boolean isFile(TarArchiveEntry entry) {
    byte flag = entry.getLinkFlag();
    return flag == TarArchiveEntry.LF_NORMAL || flag == TarArchiveEntry.LF_OLDNORM;
  }

  /** No link and no mount may be on the way. */
  private void requireWay(String path) throws IOException {
    for (String above = parent(path); !above.isEmpty(); above = parent(above)) {
      try {
        Unistd.close(Fcntl.openat2(rootFd, above, DIRECTORY, 0, WITHIN));
        return;
      } catch (ErrnoException e) {
        boolean isToBeMade = e.is(Errno.ENOENT) || (e.is(Errno.ENOTDIR) && goes(above));
        if (!isToBeMade) {
          throw archive.refused(path, "has " + above + " above it: " + Errno.describe(e.errno()));
        }
      }
    }
  }

  private boolean goes(String path) {
    return deleted.contains(path);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Makes the changes. */
  public void apply() throws IOException {
    for (String path : deleted) {
      delete(path);
    }
    archive.read(this::make);
    for (Map.Entry<String, TarArchiveEntry> each : directories.entrySet()) {
      at(each.getKey(), () -> finishTimes(each.getKey(), each.getValue()));
    }
  }

  private void finishTimes(String path, TarArchiveEntry entry) {
    int fd = Fcntl.openat2(rootFd, path.isEmpty() ? "." : path, DIRECTORY, 0, WITHIN);
    Unistd.utimensat(fd, null, times(entry), 0);
    Unistd.close(fd);
  }

  /** A step that the kernel may refuse. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void at(String path, Step step) throws IOException {
    try {
      step.run();
    } catch (ErrnoException e) {
      throw new IOException(root.resolve(path) + ": " + e.getMessage(), e);
    }
  }

  private void delete(String path) throws IOException {
    at(
        path,
        () -> {
          int fd;
          try {
            fd = openParent(path);
          } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
              return;
            }
            throw e;
          }
          try {
            remove(fd, last(path));
          } finally {
            Unistd.close(fd);
          }
        });
  }

  private int openParent(String path) {
    String parent = parent(path);
    return Fcntl.openat2(rootFd, parent.isEmpty() ? "." : parent, DIRECTORY, 0, WITHIN);
  }

  /** The same, with what is missing of it: Podman leaves out directories that changed. */
  private int makeParent(String path) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      int fd = openParent(path.substring(0, slash));
      try {
        Unistd.mkdirat(fd, last(path.substring(0, slash)), SHARED);
      } catch (ErrnoException e) {
        if (!e.is(Errno.EEXIST)) {
          throw e;
        }
      } finally {
        Unistd.close(fd);
      }
    }
    return openParent(path);
  }

  /** What has a name, with all below it, if it is there; on this file system alone. */
  private static void remove(int dirfd, String name) {
    try {
      Unistd.unlinkat(dirfd, name, 0);
      return;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      if (!e.is(Errno.EISDIR) && !e.is(Errno.EPERM)) {
        throw e;
      }
    }
    int fd = Fcntl.openat2(dirfd, name, DIRECTORY, 0, WITHIN);
    try {
      for (String each : new Directory(fd).names()) {
        remove(fd, each);
      }
    } finally {
      Unistd.close(fd);
    }
    Unistd.unlinkat(dirfd, name, Fcntl.AT_REMOVEDIR);
  }

  private void make(String path, TarArchiveEntry entry, InputStream content) throws IOException {
    at(
        path,
        () -> {
          if (path.isEmpty()) {
            finish(rootFd, entry);
            directories.put(path, entry);
            return;
          }
          int parent = makeParent(path);
          try {
            make(parent, path, entry, content);
          } finally {
            Unistd.close(parent);
          }
        });
  }

  private void make(int parent, String path, TarArchiveEntry entry, InputStream content)
      throws IOException {
    String name = last(path);
    if (entry.isDirectory()) {
      makeDirectory(parent, name, entry);
      directories.put(path, entry);
      return;
    }
    remove(parent, name);
    if (entry.isLink()) {
      String target = archive.cleanPath(entry.getLinkName());
      int from = openParent(target);
      try {
        Unistd.linkat(from, last(target), parent, name, 0);
      } finally {
        Unistd.close(from);
      }
    } else if (isFile(entry)) {
      makeFile(parent, name, entry, content);
    } else {
      if (entry.isSymbolicLink()) {
        Unistd.symlinkat(entry.getLinkName(), parent, name);
      } else {
        Unistd.mknodat(parent, name, Stat.S_IFIFO | (entry.getMode() & MODE_BITS), 0);
      }
      int uid = id(entry.getLongUserId());
      Unistd.fchownat(parent, name, uid, id(entry.getLongGroupId()), Fcntl.AT_SYMLINK_NOFOLLOW);
      Unistd.utimensat(parent, name, times(entry), Fcntl.AT_SYMLINK_NOFOLLOW);
    }
  }

  private static int id(long given) {
    return (int) given;
  }

  private static void makeDirectory(int parent, String name, TarArchiveEntry entry) {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      Stat.fstatat(parent, name, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      if ((stat.getInt(StructStat.st_mode) & Stat.S_IFMT) != Stat.S_IFDIR) {
        Unistd.unlinkat(parent, name, 0);
        Unistd.mkdirat(parent, name, OWN);
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
      Unistd.mkdirat(parent, name, OWN);
    }
    int fd = Fcntl.openat2(parent, name, DIRECTORY, 0, WITHIN);
    try {
      finish(fd, entry);
    } finally {
      Unistd.close(fd);
    }
  }

  private void makeFile(int parent, String name, TarArchiveEntry entry, InputStream content)
      throws IOException {
    OutputFile file = OutputFile.of(Fcntl.openat2(parent, name, NEW_FILE, OWN_FILE, WITHIN));
    try (OutputStream out = Channels.newOutputStream(file)) {
      if (content.transferTo(out) != entry.getSize()) {
        throw archive.refused(entry.getName(), "is shorter than it says");
      }
      finish(file.fd(), entry);
      Unistd.utimensat(file.fd(), null, times(entry), 0);
    }
  }

  /** Owner first: a change of it takes set-user-ID and capabilities away. */
  private static void finish(int fd, TarArchiveEntry entry) {
    Unistd.fchown(fd, id(entry.getLongUserId()), id(entry.getLongGroupId()));
    Unistd.fchmod(fd, entry.getMode() & MODE_BITS);
    for (Map.Entry<String, String> each : entry.getExtraPaxHeaders().entrySet()) {
      if (each.getKey().startsWith(ATTRIBUTE)) {
        String name = each.getKey().substring(ATTRIBUTE.length());
        Xattr.set(fd, name, each.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  /** Seconds and nanoseconds of access and of change, utimensat(2). */
  private static long[] times(TarArchiveEntry entry) {
    Instant time = entry.getLastModifiedTime().toInstant();
    long seconds = time.getEpochSecond();
    long nanos = time.getNano();
    return new long[] {seconds, nanos, seconds, nanos};
  }

  @Override
  public void close() {
    Unistd.close(rootFd);
  }
}
