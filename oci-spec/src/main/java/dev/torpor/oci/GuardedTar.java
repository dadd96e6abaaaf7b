// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A tar that somebody else made, plain, gzipped or by zstd, entry by entry. It ends with an error
 * before it takes more bytes, entries or memory than it may.
 */
final class GuardedTar implements Closeable {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int ZSTD_MAGIC = 0x28b5;

  /** Of the head of one entry with its long name: the library keeps that in memory, all of it. */
  private static final long MOST_HEAD_BYTES = 1 << 20;

  private final String name;
  private final ArchiveLimits limits;
  private final Guard guard;
  private final TarArchiveInputStream tar;
  private int entryCount;

  /**
   * Begins to read.
   *
   * @param name for messages
   * @param stream closed with this
   */
  GuardedTar(String name, InputStream stream, ArchiveLimits limits) throws IOException {
    this.name = name;
    this.limits = limits;
    guard = new Guard(decompressed(stream));
    // Names are Go's or ours, whatever our own locale is.
    tar = new TarArchiveInputStream(guard, StandardCharsets.UTF_8.name());
  }

  /** The tar of a stream that may be compressed. */
  static InputStream decompressed(InputStream plain) throws IOException {
    InputStream stream = new BufferedInputStream(plain);
    stream.mark(2);
    byte[] begin = stream.readNBytes(2);
    stream.reset();
    return switch (compression(begin)) {
      case GZIP -> new GZIPInputStream(stream);
      case ZSTD -> new ZstdInputStream(stream);
      case NONE -> stream;
    };
  }

  /** How something is compressed that begins with two bytes. */
  static ArchiveWriter.Compression compression(byte[] begin) {
    int magic = begin.length < 2 ? 0 : (begin[0] & 0xff) << 8 | (begin[1] & 0xff);
    return switch (magic) {
      case GZIP_MAGIC -> ArchiveWriter.Compression.GZIP;
      case ZSTD_MAGIC -> ArchiveWriter.Compression.ZSTD;
      default -> ArchiveWriter.Compression.NONE;
    };
  }

  /**
   * The next entry, null at the end.
   *
   * @throws OciException if the archive has more than it may
   */
  TarArchiveEntry next() throws IOException {
    if (entryCount > 0) {
      // What is left of the entry before is no part of a head.
      tar.transferTo(OutputStream.nullOutputStream());
    }
    guard.headBytes = MOST_HEAD_BYTES;
    TarArchiveEntry entry = tar.getNextEntry();
    guard.headBytes = Long.MAX_VALUE;
    if (entry == null) {
      return null;
    }
    if (++entryCount > limits.entryCount()) {
      throw tooMuch("has more than " + limits.entryCount() + " entries");
    }
    if (entry.isSparse()) {
      throw new OciException(
          name + " entry " + entry.getName(),
          "is a sparse file, which no engine writes: do not trust this archive");
    }
    if (entry.getSize() > limits.totalBytes()) {
      throw tooMuch("has an entry of " + entry.getSize() + " bytes");
    }
    return entry;
  }

  /** Content of the entry that came last, up to its end. */
  InputStream content() {
    return tar;
  }

  /**
   * All of it.
   *
   * @throws OciException if it is more than some
   */
  byte[] content(TarArchiveEntry entry, long mostBytes) throws IOException {
    String label = name + " entry " + entry.getName();
    if (entry.getSize() > mostBytes) {
      throw new OciException(
          label, "is larger than " + mostBytes + " bytes: do not trust this archive");
    }
    byte[] content = tar.readNBytes((int) entry.getSize());
    if (content.length < entry.getSize()) {
      throw new OciException(
          label,
          "ends after "
              + content.length
              + " of "
              + entry.getSize()
              + " bytes: the archive was cut, copy it again");
    }
    return content;
  }

  private OciException tooMuch(String what) {
    return new OciException(
        name, what + ": if you trust it, permit more with --max-size, or unpack it yourself");
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  /** Counts what comes out of a decompressor. */
  private final class Guard extends FilterInputStream {
    private long leftBytes = limits.totalBytes();
    private long headBytes = Long.MAX_VALUE;

    Guard(InputStream stream) {
      super(stream);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      took(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      took(Math.max(read, 0));
      return read;
    }

    @Override
    public long skip(long count) throws IOException {
      long skipped = super.skip(count);
      took(skipped);
      return skipped;
    }

    private void took(long count) throws OciException {
      leftBytes -= count;
      headBytes -= count;
      if (leftBytes < 0) {
        throw tooMuch("unpacks to more than " + limits.totalBytes() + " bytes");
      }
      if (headBytes < 0) {
        throw new OciException(
            name, "has an entry with a name of a megabyte: do not trust this archive");
      }
    }
  }
}
