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
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes what a tmpfs holds, as CRIU does: a compressed tar archive in GNU format with the names
 * {@code ./}, {@code ./file} ... Sockets are left out; the tasks that bound them bind them again.
 */
final class TmpfsArchive implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
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

  private final OutputStream tar;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /** Names of files with several, by inode number. */
  private final Map<Long, byte[]> linked = new HashMap<>();

  /** Begins an archive; {@code file} is closed with it. */
  TmpfsArchive(WritableByteChannel file) throws IOException {
    this.tar = new FastGzip(Channels.newOutputStream(file));
  }

  /** The tree is frozen meanwhile: speed before size. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BUFFER_BYTES);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /** Loads what {@link #writeTree} needs, before a tree has to wait for it. */
  static void rehearse() throws IOException {
    OutputStream discarded = new ByteArrayOutputStream();
    try (TmpfsArchive archive = new TmpfsArchive(Channels.newChannel(discarded))) {
      archive.put(new TarHeader(KernelString.encode("./"), DIRECTORY), new byte[0]);
    }
  }

  /**
   * Writes the directory behind {@code fd} and all below it.
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
    byte[] bytes = KernelString.encode(name);
    put(header(bytes, DIRECTORY, stat), bytes);
    for (String child : new Directory(fd).names()) {
      Stat.fstatat(fd, child, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      int kind = stat.getInt(StructStat.st_mode) & Stat.S_IFMT;
      if (kind == Stat.S_IFDIR) {
        int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
        int directory = Fcntl.openat(fd, child, flags, 0);
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
    switch (stat.getInt(StructStat.st_mode) & Stat.S_IFMT) {
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
    put(header(path, FILE, stat).content(size, stat.getLong(StructStat.st_mtime)), path);
    int flags = Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NOATIME | Fcntl.O_CLOEXEC;
    int fd = Fcntl.openat(dirfd, child, flags, 0);
    try (NativeMemory chunk = NativeMemory.allocate(BUFFER_BYTES)) {
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
