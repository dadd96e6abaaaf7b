// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Fills a tmpfs from the archive that CRIU or Torpor made of one. Nothing is followed out of it: no
 * name of the archive leads through a symbolic link.
 */
final class TmpfsContent implements Closeable {
  private static final int BUFFER_BYTES = TaskWriter.CHUNK_BYTES;
  private static final int DIRECTORY = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
  private static final long WITHIN = Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS;

  private final TarArchiveInputStream tar;
  private final String owner;
  private final List<TarArchiveEntry> directories = new ArrayList<>();
  private TaskWriter writer;

  /**
   * Opens an archive; {@code file} is closed with it.
   *
   * @param owner whose content it is, for messages
   */
  TmpfsContent(FileChannel file, String owner) throws IOException {
    this.owner = owner;
    this.tar =
        new TarArchiveInputStream(
            new GzipCompressorInputStream(
                new BufferedInputStream(Channels.newInputStream(file), BUFFER_BYTES)),
            StandardCharsets.ISO_8859_1.name());
  }

  /**
   * Makes all files below {@code place}, the root of an empty tmpfs.
   *
   * @param writer writes what files hold
   */
  void extract(String place, TaskWriter writer) throws IOException {
    this.writer = writer;
    int root = Fcntl.open(place, DIRECTORY, 0);
    try {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        make(root, entry);
      }
      // The making of children changed the times of their directories.
      for (int i = directories.size() - 1; i >= 0; i--) {
        finishDirectory(root, directories.get(i));
      }
    } catch (ErrnoException e) {
      throw new RestoreException(owner + ": filling it: " + e.getMessage(), e);
    } finally {
      Unistd.close(root);
    }
  }

  /** A name of the archive from the root of the tmpfs; "." for the root itself. */
  private static String path(String name) {
    String path = KernelString.decode(name.getBytes(StandardCharsets.ISO_8859_1));
    int start = path.startsWith("./") ? 2 : 0;
    int end = path.endsWith("/") ? path.length() - 1 : path.length();
    return start >= end ? "." : path.substring(start, end);
  }

  private static int parent(int root, String path) {
    int slash = path.lastIndexOf('/');
    return Fcntl.openat2(root, slash < 0 ? "." : path.substring(0, slash), DIRECTORY, 0, WITHIN);
  }

  private void make(int root, TarArchiveEntry entry) throws IOException {
    String path = path(entry.getName());
    if (entry.isDirectory()) {
      directories.add(entry);
      if (path.equals(".")) {
        return;
      }
    }
    int parent = parent(root, path);
    try {
      make(root, parent, path.substring(path.lastIndexOf('/') + 1), entry);
    } finally {
      Unistd.close(parent);
    }
  }

  private void make(int root, int parent, String name, TarArchiveEntry entry) throws IOException {
    switch (entry.getLinkFlag()) {
      case TarConstants.LF_DIR -> Unistd.mkdirat(parent, name, 0700);
      case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_GNUTYPE_SPARSE ->
          writeFile(parent, name, entry);
      case TarConstants.LF_LINK -> {
        link(root, path(entry.getLinkName()), parent, name);
        return;
      }
      case TarConstants.LF_SYMLINK -> Unistd.symlinkat(target(entry), parent, name);
      case TarConstants.LF_FIFO -> Unistd.mknodat(parent, name, Stat.S_IFIFO | 0600, 0);
      case TarConstants.LF_CHR -> Unistd.mknodat(parent, name, Stat.S_IFCHR | 0600, device(entry));
      case TarConstants.LF_BLK -> Unistd.mknodat(parent, name, Stat.S_IFBLK | 0600, device(entry));
      default ->
          throw new UnsupportedException(
              owner, entry.getName() + " in its archive is of kind '" + (char) entry.getLinkFlag());
    }
    if (!entry.isDirectory()) {
      attributes(parent, name, entry);
    }
  }

  private static void link(int root, String target, int parent, String name) {
    int directory = parent(root, target);
    try {
      Unistd.linkat(directory, target.substring(target.lastIndexOf('/') + 1), parent, name, 0);
    } finally {
      Unistd.close(directory);
    }
  }

  private static String target(TarArchiveEntry entry) {
    return KernelString.decode(entry.getLinkName().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static long device(TarArchiveEntry entry) {
    return Stat.makedev(entry.getDevMajor(), entry.getDevMinor());
  }

  private void finishDirectory(int root, TarArchiveEntry entry) {
    String path = path(entry.getName());
    if (path.equals(".")) {
      attributes(root, ".", entry);
      return;
    }
    int parent = parent(root, path);
    try {
      attributes(parent, path.substring(path.lastIndexOf('/') + 1), entry);
    } finally {
      Unistd.close(parent);
    }
  }

  /** Owner before mode: chown(2) takes set-user-ID away. */
  private static void attributes(int parent, String name, TarArchiveEntry entry) {
    int noFollow = Fcntl.AT_SYMLINK_NOFOLLOW;
    Unistd.fchownat(
        parent, name, (int) entry.getLongUserId(), (int) entry.getLongGroupId(), noFollow);
    if (!entry.isSymbolicLink()) {
      Unistd.fchmodat(parent, name, entry.getMode() & 07777);
    }
    Instant modified = entry.getLastModifiedTime().toInstant();
    long seconds = modified.getEpochSecond();
    long nanos = modified.getNano();
    Unistd.utimensat(parent, name, new long[] {seconds, nanos, seconds, nanos}, noFollow);
  }

  /** Writes what is not zero: the rest stays a hole, as it may have been. */
  private void writeFile(int parent, String name, TarArchiveEntry entry) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
    int fd = Fcntl.openat(parent, name, flags, 0600);
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      long at = 0;
      int got;
      while ((got = tar.readNBytes(buffer, 0, buffer.length)) > 0) {
        if (!isZero(buffer, got)) {
          writer.write(fd, buffer, got, at);
        }
        at += got;
      }
      if (at != entry.getRealSize()) {
        throw new RestoreException(owner + ": " + entry.getName() + " is cut off in its archive");
      }
      writer.finish();
      Unistd.ftruncate(fd, at);
    } finally {
      Unistd.close(fd);
    }
  }

  private static boolean isZero(byte[] buffer, int lengthBytes) {
    for (int i = 0; i < lengthBytes; i++) {
      if (buffer[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
