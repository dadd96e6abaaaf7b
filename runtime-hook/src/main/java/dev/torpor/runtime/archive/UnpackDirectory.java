// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.archive;

import dev.torpor.error.IoReason;
import dev.torpor.linux.Directory;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.OutputFile;
import dev.torpor.linux.Unistd;
import dev.torpor.oci.CheckpointArchive;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory that an archive is unpacked into. All is made below its descriptor: whatever a name
 * says, or somebody puts there meanwhile, nothing outside is reached.
 */
public final class UnpackDirectory implements CheckpointArchive.Target, Closeable {
  private static final int DIRECTORY =
      Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;

  /** Nothing is opened that was there already. */
  private static final int NEW_FILE =
      Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;

  private static final long WITHIN =
      Fcntl.RESOLVE_BENEATH | Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_NO_XDEV;

  private static final int NO_FD = -1;
  private static final int OWN_DIRECTORY = 0700;
  private static final int OWN_FILE = 0600;

  /** What stays free on the file system: others need some, too. */
  private static final long SPARE_BYTES = 64L << 20;

  private final Path path;
  private final int fd;
  private final boolean temporary;
  private final Thread atEnd = new Thread(this::remove);
  private boolean removed;

  private UnpackDirectory(Path path, boolean temporary) {
    this.path = path;
    this.fd = Fcntl.open(path.toString(), DIRECTORY, 0);
    this.temporary = temporary;
    if (temporary) {
      Runtime.getRuntime().addShutdownHook(atEnd);
    }
  }

  /** A new one, which {@link #close} removes, and so does the end of the JVM by a signal. */
  public static UnpackDirectory temporary(Path parent) throws IOException {
    try {
      return new UnpackDirectory(Files.createTempDirectory(parent, "torpor-unpacked-"), true);
    } catch (IOException e) {
      throw new IOException(parent + ": no directory can be made in it: " + IoReason.of(e), e);
    }
  }

  /** One that is there, and stays. */
  public static UnpackDirectory at(Path path) throws IOException {
    try {
      return new UnpackDirectory(path, false);
    } catch (ErrnoException e) {
      throw failure(path, e);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /**
   * Whether there is room.
   *
   * @throws IOException if there is not
   */
  void require(long lengthBytes) throws IOException {
    long free = Files.getFileStore(path).getUsableSpace();
    if (lengthBytes > free - SPARE_BYTES) {
      throw new IOException(
          path.getParent()
              + ": has "
              + free
              + " bytes free, and "
              + lengthBytes
              + " would be unpacked: name another directory with --temporary");
    }
  }

  @Override
  public OutputStream create(String directory, String name) throws IOException {
    // mkdirat(2) has no RESOLVE_BENEATH.
    if (directory.indexOf('/') >= 0 || directory.equals("..") || directory.equals(".")) {
      throw new IOException(path.resolve(directory) + ": is no directory of an archive");
    }
    int in = NO_FD;
    try {
      in = directory.isEmpty() ? NO_FD : openOrMake(directory);
      int file = Fcntl.openat2(in < 0 ? fd : in, name, NEW_FILE, OWN_FILE, WITHIN);
      return Channels.newOutputStream(OutputFile.of(file));
    } catch (ErrnoException e) {
      throw failure(path.resolve(directory).resolve(name), e);
    } finally {
      if (in >= 0) {
        Unistd.close(in);
      }
    }
  }

  private int openOrMake(String directory) {
    try {
      Unistd.mkdirat(fd, directory, OWN_DIRECTORY);
    } catch (ErrnoException e) {
      if (!e.is(Errno.EEXIST)) {
        throw e;
      }
    }
    return Fcntl.openat2(fd, directory, DIRECTORY, 0, WITHIN);
  }

  private static IOException failure(Path what, ErrnoException e) {
    return new IOException(what + ": " + Errno.describe(e.errno()), e);
  }

  @Override
  public void close() {
    if (temporary) {
      remove();
      try {
        Runtime.getRuntime().removeShutdownHook(atEnd);
      } catch (IllegalStateException e) {
        // The JVM ends, and has run it.
        return;
      }
    }
    Unistd.close(fd);
  }

  private synchronized void remove() {
    if (removed) {
      return;
    }
    removed = true;
    empty(fd);
    Unistd.unlinkat(Fcntl.AT_FDCWD, path.toString(), Fcntl.AT_REMOVEDIR);
  }

  /** Directories have the depth that the layout has: one. */
  private static void empty(int directory) {
    for (Directory.Entry entry : new Directory(directory).entries()) {
      if (entry.mayBeDirectory()) {
        int inner = Fcntl.openat2(directory, entry.name(), DIRECTORY, 0, WITHIN);
        empty(inner);
        Unistd.close(inner);
        Unistd.unlinkat(directory, entry.name(), Fcntl.AT_REMOVEDIR);
      } else {
        Unistd.unlinkat(directory, entry.name(), 0);
      }
    }
  }
}
