// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.DumpException;
import dev.torpor.core.UnsupportedException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Stat.StructStat;
import dev.torpor.linux.Unistd;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;

/**
 * Writes what a tmpfs holds, as CRIU does: a compressed tar archive in GNU format with the names
 * {@code ./}, {@code ./file} ... Sockets are left out; the tasks that bound them bind them again.
 */
final class TmpfsArchive implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** The tree is frozen meanwhile: speed before size. */
  private static final int COMPRESSION_LEVEL = 1;

  private final TarArchiveOutputStream tar;

  /** Names of files with several, by inode number. */
  private final Map<Long, String> linked = new HashMap<>();

  /** Begins an archive; {@code file} is closed with it. */
  TmpfsArchive(FileChannel file) throws IOException {
    GzipParameters level = new GzipParameters();
    level.setCompressionLevel(COMPRESSION_LEVEL);
    // Names are bytes: each passes as one character.
    this.tar =
        new TarArchiveOutputStream(
            new GzipCompressorOutputStream(
                new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES), level),
            StandardCharsets.ISO_8859_1.name());
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
  }

  /**
   * Writes the directory behind {@code fd} and all below it on the same file system.
   *
   * @param owner whose content it is, for messages
   */
  void writeTree(int fd, String owner) throws IOException {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      writeDirectory(fd, "./", stat, owner);
    }
  }

  private void writeDirectory(int fd, String name, NativeMemory stat, String owner)
      throws IOException {
    put(entry(name, TarConstants.LF_DIR, stat));
    for (String child : new Directory(fd).names()) {
      Stat.fstatat(fd, child, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      String path = name + latin(child);
      int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
      if (kind == Stat.S_IFDIR) {
        int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        int directory = Fcntl.openat(fd, child, flags, 0);
        try {
          writeDirectory(directory, path + "/", stat, owner);
        } finally {
          Unistd.close(directory);
        }
      } else if (kind != Stat.S_IFSOCK) {
        writeFile(fd, child, path, stat, owner);
      }
    }
  }

  private void writeFile(int dirfd, String child, String path, NativeMemory stat, String owner)
      throws IOException {
    if (stat.getLong(StructStat.st_nlink) > 1) {
      String first = linked.putIfAbsent(stat.getLong(StructStat.st_ino), path);
      if (first != null) {
        TarArchiveEntry link = entry(path, TarConstants.LF_LINK, stat);
        link.setLinkName(first);
        put(link);
        return;
      }
    }
    switch (stat.getInt(StructStat.st_mode) & Stat.S_IFMT) {
      case Stat.S_IFREG -> writeContent(dirfd, child, path, stat, owner);
      case Stat.S_IFLNK -> {
        TarArchiveEntry link = entry(path, TarConstants.LF_SYMLINK, stat);
        link.setLinkName(latin(Unistd.readlinkat(dirfd, child)));
        put(link);
      }
      case Stat.S_IFIFO -> put(entry(path, TarConstants.LF_FIFO, stat));
      case Stat.S_IFCHR -> put(device(path, TarConstants.LF_CHR, stat));
      case Stat.S_IFBLK -> put(device(path, TarConstants.LF_BLK, stat));
      default ->
          throw new UnsupportedException(
              owner,
              path
                  + " is a file of an unknown kind, mode 0"
                  + Integer.toOctalString(stat.getInt(StructStat.st_mode)));
    }
  }

  private void writeContent(int dirfd, String child, String path, NativeMemory stat, String owner)
      throws IOException {
    TarArchiveEntry file = entry(path, TarConstants.LF_NORMAL, stat);
    long left = stat.getLong(StructStat.st_size);
    file.setSize(left);
    tar.putArchiveEntry(file);
    int flags = Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NOATIME | Fcntl.O_CLOEXEC;
    int fd = Fcntl.openat(dirfd, child, flags, 0);
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = new FileInputStream("/proc/self/fd/" + fd)) {
      while (left > 0) {
        int got = in.read(buffer, 0, (int) Math.min(left, buffer.length));
        if (got <= 0) {
          throw new DumpException(owner + ": " + path + " became shorter while it was read");
        }
        tar.write(buffer, 0, got);
        left -= got;
      }
    } finally {
      Unistd.close(fd);
    }
    tar.closeArchiveEntry();
  }

  private static TarArchiveEntry device(String path, byte type, NativeMemory stat) {
    TarArchiveEntry entry = entry(path, type, stat);
    long device = stat.getLong(StructStat.st_rdev);
    entry.setDevMajor(Stat.major(device));
    entry.setDevMinor(Stat.minor(device));
    return entry;
  }

  private static TarArchiveEntry entry(String path, byte type, NativeMemory stat) {
    // The constructor takes the leading "./" away unless it is told to keep the name.
    TarArchiveEntry entry = new TarArchiveEntry(path, type, true);
    entry.setMode(stat.getInt(StructStat.st_mode) & ~Stat.S_IFMT);
    entry.setIds(stat.getInt(StructStat.st_uid), stat.getInt(StructStat.st_gid));
    entry.setModTime(stat.getLong(StructStat.st_mtime) * 1000);
    return entry;
  }

  private void put(TarArchiveEntry entry) throws IOException {
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private static String latin(String name) {
    return new String(KernelString.encode(name), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
