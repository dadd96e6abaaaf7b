// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes what a tmpfs holds, as CRIU does: a compressed tar archive with the names {@code ./},
 * {@code ./file} ..., without attributes.
 */
final class TmpfsArchive implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final TreeArchive tar;

  /** Begins an archive; {@code file} is closed with it. */
  TmpfsArchive(WritableByteChannel file) throws IOException {
    this.tar = new TreeArchive(new FastGzip(Channels.newOutputStream(file)), false);
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
      archive.tar.writeEmpty();
    }
  }

  /**
   * Writes the directory behind {@code fd} and all below it.
   *
   * @param owner whose content it is, for messages
   */
  void writeTree(int fd, String owner) throws IOException {
    tar.writeTree(fd, "./", owner);
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
