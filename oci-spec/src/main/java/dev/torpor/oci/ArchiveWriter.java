// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes a checkpoint archive as Podman, CRI-O and containerd do. */
public final class ArchiveWriter implements Closeable {
  private static final int OWN_FILE = 0600;
  private static final int OWN_DIRECTORY = 0700;
  private final TarArchiveOutputStream tar;

  /** Of all entries; -1 for their own, or now. */
  private final long modifiedMillis;

  /** How an archive is compressed; the names are Podman's. */
  public enum Compression {
    /** A plain tar, as of CRI-O and containerd. */
    NONE,
    /** As by gzip. */
    GZIP,
    /** As by zstd, Podman's default. */
    ZSTD
  }

  /**
   * Begins one.
   *
   * @param out closed with this
   */
  public ArchiveWriter(OutputStream out, Compression compression) throws IOException {
    this(out, compression, -1);
  }

  /** One whose entries all have the same time. */
  ArchiveWriter(OutputStream out, Compression compression, long modifiedMillis) throws IOException {
    this.modifiedMillis = modifiedMillis;
    OutputStream buffered = new BufferedOutputStream(out, 1 << 16);
    tar =
        new TarArchiveOutputStream(
            switch (compression) {
              case NONE -> buffered;
              case GZIP -> new GZIPOutputStream(buffered, 1 << 16);
              case ZSTD -> new ZstdOutputStream(buffered);
            });
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
  }

  /** Adds a directory. */
  public void directory(String name) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name + "/");
    entry.setMode(OWN_DIRECTORY);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  /** Adds a file. */
  public void file(String name, byte[] content) throws IOException {
    put(name, content.length, System.currentTimeMillis());
    tar.write(content);
    tar.closeArchiveEntry();
  }

  /** Adds a file that is on disk. */
  public void file(String name, Path content) throws IOException {
    put(name, Files.size(content), Files.getLastModifiedTime(content).toMillis());
    Files.copy(content, tar);
    tar.closeArchiveEntry();
  }

  /**
   * Adds a list of names as JSON, such as {@code deleted.files}.
   *
   * @throws OciException if one of them is no UTF-8
   */
  public void names(String name, List<String> names) throws IOException {
    CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();
    for (String each : names) {
      if (!utf8.canEncode(each)) {
        throw new OciException(
            name, "a file that was deleted has a name that is no UTF-8, which JSON cannot have");
      }
    }
    file(name, EngineJson.write(names));
  }

  private void put(String name, long lengthBytes, long millis) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(lengthBytes);
    entry.setMode(OWN_FILE);
    entry.setModTime(modifiedMillis < 0 ? millis : modifiedMillis);
    tar.putArchiveEntry(entry);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
