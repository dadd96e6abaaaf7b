// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A file that is written from its beginning, by open(2), write(2) and close(2) alone: while the JVM
 * is cold a channel of java.nio costs several times as much, and a dump writes a file per thread.
 * One thread may use it at a time.
 */
public final class OutputFile implements WritableByteChannel {
  private final String path;
  private int fd;

  private OutputFile(String path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Creates the file, in the place of what has its name: nothing is written through a link, nor
   * waited for a reader of a FIFO.
   *
   * @param mode of a file that was not there, less the umask
   * @throws IOException that says which file and why
   */
  public static OutputFile create(String path, int mode) throws IOException {
    try {
      return new OutputFile(path, createNew(path, mode));
    } catch (ErrnoException e) {
      throw failure(path, e);
    }
  }

  private static int createNew(String path, int mode) {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
    try {
      return Fcntl.open(path, flags, mode);
    } catch (ErrnoException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
      Unistd.unlinkat(Fcntl.AT_FDCWD, path, 0);
      return Fcntl.open(path, flags, mode);
    }
  }

  /**
   * Opens what lines are appended to, emptied if it can be. A FIFO without a reader is refused
   * instead of waited for.
   *
   * @param mode of a file that was not there, less the umask
   * @throws IOException that says which file and why
   */
  public static OutputFile append(String path, int mode) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_APPEND;
    try {
      int fd = Fcntl.open(path, flags | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, mode);
      Fcntl.setFl(fd, Fcntl.O_APPEND);
      return new OutputFile(path, fd);
    } catch (ErrnoException e) {
      throw failure(path, e);
    }
  }

  /** A descriptor that is open already; {@link #close} closes it. */
  public static OutputFile of(int fd) {
    return new OutputFile("fd " + fd, fd);
  }

  /** The descriptor. */
  public int fd() {
    return fd;
  }

  private static IOException failure(String path, ErrnoException cause) {
    return new IOException(path + ": " + Errno.describe(cause.errno()), cause);
  }

  /** Writes all that is left in {@code source}. */
  @Override
  public int write(ByteBuffer source) throws IOException {
    int length = source.remaining();
    NativeMemory piece = Scratch.memory();
    try {
      while (source.hasRemaining()) {
        int count = Math.min(source.remaining(), piece.lengthBytes());
        Unistd.writeAll(fd, piece.putBytes(0, source, count).slice(0, count));
      }
    } catch (ErrnoException e) {
      throw failure(path, e);
    }
    return length;
  }

  @Override
  public boolean isOpen() {
    return fd >= 0;
  }

  @Override
  public void close() throws IOException {
    if (fd >= 0) {
      int open = fd;
      fd = -1;
      try {
        Unistd.close(open);
      } catch (ErrnoException e) {
        throw failure(path, e);
      }
    }
  }
}
