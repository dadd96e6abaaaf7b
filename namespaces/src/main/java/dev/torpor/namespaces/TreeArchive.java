// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Directory;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Stat.StructStat;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Xattr;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes files as they are: a tar archive in GNU format, with the names that it is given. Sockets
 * are left out; the tasks that bound them bind them again.
 */
public final class TreeArchive implements Closeable {
  private static final int NO_FD = -1;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int OPEN_DIRECTORY =
      Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
  private static final char FILE = '0';
  private static final char HARD_LINK = '1';
  private static final char SYMBOLIC_LINK = '2';
  private static final char CHARACTER_DEVICE = '3';
  private static final char BLOCK_DEVICE = '4';
  private static final char DIRECTORY = '5';
  private static final char FIFO = '6';

  /** GNU: content is the name, or the link's target, of the next header. */
  private static final char LONG_NAME = 'L';

  private static final char LONG_LINK = 'K';
  private static final String LONG = "././@LongLink";

  /** POSIX: content is records about the next header. */
  private static final char RECORDS = 'x';

  private static final String PAX_NAME = "././@PaxHeader";
  private static final String ATTRIBUTE = "SCHILY.xattr.";
  private static final List<String> ATTRIBUTES =
      List.of("user.", "security.capability", "system.posix_acl_");

  private static final long NANOS = 1_000_000_000L;

  private final OutputStream tar;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /** Names of files with several, by inode number. */
  private final Map<Long, byte[]> linked = new HashMap<>();

  /** Whether attributes and fractions of seconds are written, by headers of pax(1). */
  private final boolean isComplete;

  /**
   * Begins an archive.
   *
   * @param tar closed with it
   * @param isComplete with extended attributes, and times to the nanosecond
   */
  public TreeArchive(OutputStream tar, boolean isComplete) {
    this.tar = tar;
    this.isComplete = isComplete;
  }

  /** Writes the head of an empty directory. */
  void writeEmpty() throws IOException {
    byte[] name = KernelString.encode("./");
    put(new TarHeader(name, DIRECTORY), name);
  }

  /**
   * Writes the directory behind {@code fd} and all below it.
   *
   * @param name what the archive calls it, with a slash at the end
   * @param owner whose content it is, for messages
   */
  public void writeTree(int fd, String name, String owner) throws IOException {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      writeDirectory(fd, name, stat, owner);
    }
  }

  /**
   * Writes one file or, without what is below it, directory.
   *
   * @param dirfd where it is
   * @param entry what the archive calls it, without a slash at the end
   * @param owner whose content it is, for messages
   */
  public void writeOne(int dirfd, String file, String entry, String owner) throws IOException {
    try (NativeMemory stat = NativeMemory.allocate(StructStat.SIZEOF)) {
      Stat.fstatat(dirfd, file, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
      if (kind == Stat.S_IFDIR) {
        int directory = Fcntl.openat(dirfd, file, OPEN_DIRECTORY, 0);
        try {
          writeHead(directory, entry + "/", stat);
        } finally {
          Unistd.close(directory);
        }
      } else if (kind != Stat.S_IFSOCK) {
        writeFile(dirfd, file, KernelString.encode(entry), stat, owner);
      }
    }
  }

  private void writeHead(int fd, String name, NativeMemory stat) throws IOException {
    byte[] bytes = KernelString.encode(name);
    putRecords(fd, stat);
    put(header(bytes, DIRECTORY, stat), bytes);
  }

  private void writeDirectory(int fd, String name, NativeMemory stat, String owner)
      throws IOException {
    writeHead(fd, name, stat);
    for (String child : new Directory(fd).names()) {
      Stat.fstatat(fd, child, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
      if (kind == Stat.S_IFDIR) {
        int directory = Fcntl.openat(fd, child, OPEN_DIRECTORY, 0);
        try {
          writeDirectory(directory, name + child + "/", stat, owner);
        } finally {
          Unistd.close(directory);
        }
      } else if (kind != Stat.S_IFSOCK) {
        writeFile(fd, child, KernelString.encode(name + child), stat, owner);
      }
    }
  }

  private void writeFile(int dirfd, String child, byte[] path, NativeMemory stat, String owner)
      throws IOException {
    if (stat.getLong(StructStat.st_nlink) > 1) {
      byte[] first = linked.putIfAbsent(stat.getLong(StructStat.st_ino), path);
      if (first != null) {
        putLink(header(path, HARD_LINK, stat), path, first);
        return;
      }
    }
    int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
    if (kind != Stat.S_IFREG) {
      putRecords(NO_FD, stat);
    }
    switch (kind) {
      case Stat.S_IFREG -> writeContent(dirfd, child, path, stat, owner);
      case Stat.S_IFLNK ->
          putLink(
              header(path, SYMBOLIC_LINK, stat),
              path,
              KernelString.encode(Unistd.readlinkat(dirfd, child)));
      case Stat.S_IFIFO -> put(header(path, FIFO, stat), path);
      case Stat.S_IFCHR -> put(device(path, CHARACTER_DEVICE, stat), path);
      case Stat.S_IFBLK -> put(device(path, BLOCK_DEVICE, stat), path);
      default ->
          throw new UnsupportedException(
              owner,
              KernelString.decode(path)
                  + " is a file of an unknown kind, mode 0"
                  + Integer.toOctalString(stat.getInt(StructStat.st_mode)));
    }
  }

  private void writeContent(int dirfd, String child, byte[] path, NativeMemory stat, String owner)
      throws IOException {
    long size = stat.getLong(StructStat.st_size);
    int flags = Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NOATIME | Fcntl.O_CLOEXEC;
    int fd = Fcntl.openat(dirfd, child, flags, 0);
    try (NativeMemory chunk = NativeMemory.allocate(BUFFER_BYTES)) {
      putRecords(fd, stat);
      put(header(path, FILE, stat).content(size, stat.getLong(StructStat.st_mtime)), path);
      long left = size;
      while (left > 0) {
        int got = Unistd.read(fd, chunk.address(), (int) Math.min(left, BUFFER_BYTES));
        if (got <= 0) {
          throw new DumpException(
              owner + ": " + KernelString.decode(path) + " became shorter while it was read");
        }
        chunk.getBytes(0, buffer, 0, got);
        tar.write(buffer, 0, got);
        left -= got;
      }
    } finally {
      Unistd.close(fd);
    }
    pad(size);
  }

  private static TarHeader device(byte[] path, char type, NativeMemory stat) {
    long device = stat.getLong(StructStat.st_rdev);
    return header(path, type, stat).device(Stat.major(device), Stat.minor(device));
  }

  private static TarHeader header(byte[] path, char type, NativeMemory stat) {
    return new TarHeader(path, type)
        .owner(
            stat.getInt(StructStat.st_mode) & ~Stat.S_IFMT,
            Integer.toUnsignedLong(stat.getInt(StructStat.st_uid)),
            Integer.toUnsignedLong(stat.getInt(StructStat.st_gid)))
        .content(0, stat.getLong(StructStat.st_mtime));
  }

  /** What no header has a field for, pax(1); names of attributes as GNU tar and Go have them. */
  private void putRecords(int fd, NativeMemory stat) throws IOException {
    if (!isComplete) {
      return;
    }
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    long nanos = stat.getLong(StructStat.st_mtime_nsec);
    if (nanos != 0) {
      String fraction = Long.toString(NANOS + nanos).substring(1);
      String time = stat.getLong(StructStat.st_mtime) + "." + fraction;
      putRecord(records, "mtime", KernelString.encode(time));
    }
    for (String name : fd == NO_FD ? List.<String>of() : Xattr.list(fd)) {
      // An overlay's own are about its layers; what the kernel makes up cannot be set.
      if (ATTRIBUTES.stream().anyMatch(name::startsWith)) {
        putRecord(records, ATTRIBUTE + name, Xattr.get(fd, name));
      }
    }
    if (records.size() > 0) {
      byte[] content = records.toByteArray();
      byte[] name = KernelString.encode(PAX_NAME);
      tar.write(new TarHeader(name, RECORDS).content(content.length, 0).block());
      tar.write(content);
      pad(content.length);
    }
  }

  /** {@code LENGTH KEY=VALUE\n}, with a length that counts its own digits. */
  private static void putRecord(ByteArrayOutputStream records, String key, byte[] value) {
    byte[] name = KernelString.encode(" " + key + "=");
    int rest = name.length + value.length + 1;
    int length = rest + Integer.toString(rest).length();
    if (Integer.toString(length).length() > Integer.toString(rest).length()) {
      length++;
    }
    records.writeBytes(KernelString.encode(Integer.toString(length)));
    records.writeBytes(name);
    records.writeBytes(value);
    records.write('\n');
  }

  private void putLink(TarHeader header, byte[] path, byte[] target) throws IOException {
    if (target.length > TarHeader.NAME_BYTES) {
      putLong(LONG_LINK, target);
    }
    put(header.link(target), path);
  }

  private void put(TarHeader header, byte[] path) throws IOException {
    if (path.length > TarHeader.NAME_BYTES) {
      putLong(LONG_NAME, path);
    }
    tar.write(header.block());
  }

  private void putLong(char type, byte[] text) throws IOException {
    int size = text.length + 1;
    tar.write(new TarHeader(KernelString.encode(LONG), type).content(size, 0).block());
    tar.write(Arrays.copyOf(text, size));
    pad(size);
  }

  private void pad(long size) throws IOException {
    tar.write(new byte[(int) (-size & (TarHeader.BLOCK_BYTES - 1))]);
  }

  /** Ends the archive with two empty blocks. */
  @Override
  public void close() throws IOException {
    try {
      tar.write(new byte[2 * TarHeader.BLOCK_BYTES]);
    } finally {
      tar.close();
    }
  }
}
