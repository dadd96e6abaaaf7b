// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import dev.torpor.error.DumpException;
import dev.torpor.error.IoReason;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.OutputFile;
import dev.torpor.linux.Unistd;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Images while they are written: in a directory of their own below the one that they are for. What
 * that one holds is not touched before all of them are complete, whatever it is: an older
 * checkpoint, FIFOs, links that lead elsewhere. Then each takes the place of its name by rename(2),
 * {@code inventory.img} last: without it nothing is taken for a checkpoint.
 *
 * <p>Steps are system calls on descriptors, so that a directory that is removed meanwhile is
 * noticed.
 */
public final class UnfinishedImages implements AutoCloseable {
  /** The name, below the directory of images. A dump that is killed leaves it to the next one. */
  public static final String NAME = ".torpor-unfinished";

  private static final int OWNER_ONLY_MODE = 0700;
  private static final int LIST_MODE = 0600;
  private static final int DIRECTORY =
      Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC;
  private static final int NONE = -1;

  private final Path target;
  private final ImageDirectory images;
  private int targetFd = NONE;
  private int fd = NONE;

  /** Names the directory; nothing is touched yet. */
  public UnfinishedImages(ImageDirectory target) {
    this.target = target.path();
    this.images = ImageDirectory.at(target.path().resolve(NAME));
  }

  /** Where images are to be written from {@link #begin} on. */
  public ImageDirectory images() {
    return images;
  }

  /**
   * Makes the directory, without what a killed dump left in it.
   *
   * @throws DumpException if it cannot be made, or another dump is writing to it
   */
  public void begin() {
    try {
      targetFd =
          Fcntl.open(target.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
      lock();
      removeLeft();
      Unistd.mkdirat(targetFd, NAME, OWNER_ONLY_MODE);
      fd = Fcntl.openat(targetFd, NAME, DIRECTORY, 0);
    } catch (ErrnoException e) {
      throw failed(NAME, e);
    }
  }

  private void lock() {
    try {
      Fcntl.flock(targetFd, Fcntl.LOCK_EX | Fcntl.LOCK_NB);
    } catch (ErrnoException e) {
      if (e.is(Errno.EAGAIN)) {
        throw new DumpException(
            "another dump writes to the same images directory: give each its own");
      }
      // Some network file systems have no locks; then nobody can be told apart.
    }
  }

  private void removeLeft() {
    try {
      fd = Fcntl.openat(targetFd, NAME, DIRECTORY, 0);
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return;
      }
      throw e;
    }
    remove();
  }

  /**
   * Puts all images in their places, with a list of them.
   *
   * @param runId the inventory's {@code dump_criu_run_id}
   * @throws DumpException if one cannot be, or is no longer there; without an inventory then
   */
  public void publish(String runId) {
    String inventory = ImageType.INVENTORY.fileName();
    String[] written = names(fd);
    try {
      list(written, runId);
    } catch (IOException e) {
      throw new DumpException("the list of images cannot be written: " + IoReason.of(e), e);
    }
    removeOlder(inventory);
    place(Manifest.NAME);
    for (String name : written) {
      if (!name.equals(inventory)) {
        place(name);
      }
    }
    place(inventory);
  }

  private void list(String[] written, String runId) throws IOException {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
    byte[] list = Manifest.of(fd, written, runId);
    try (OutputFile file = OutputFile.of(Fcntl.openat(fd, Manifest.NAME, flags, LIST_MODE))) {
      file.write(ByteBuffer.wrap(list));
    } catch (ErrnoException e) {
      throw failed(Manifest.NAME, e);
    }
  }

  private void place(String name) {
    try {
      Unistd.renameat2(fd, name, targetFd, name, 0);
    } catch (ErrnoException e) {
      throw failed(name, e);
    }
  }

  /** Of a checkpoint that was complete nothing is left that the new one might be taken to have. */
  private void removeOlder(String inventory) {
    if (!unlink(targetFd, inventory)) {
      return;
    }
    for (String name : names(targetFd)) {
      ImageType type = ImageType.ofFileName(name);
      if (type != null && type.head() != ImageType.Head.SERVICE) {
        unlink(targetFd, name);
      }
    }
  }

  private static boolean unlink(int directory, String name) {
    try {
      Unistd.unlinkat(directory, name, 0);
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT)) {
        return false;
      }
      throw failed(name, e);
    }
  }

  private static String[] names(int directory) {
    String[] names = new File("/proc/self/fd/" + directory).list();
    return names == null ? new String[0] : names;
  }

  private static DumpException failed(String name, ErrnoException e) {
    return new DumpException(
        "image "
            + name
            + " cannot be put into the images directory: "
            + Errno.describe(e.errno())
            + "; the tree goes on: see to the directory and dump again",
        e);
  }

  private void remove() {
    for (String name : names(fd)) {
      unlink(fd, name);
    }
    Unistd.close(fd);
    fd = NONE;
    Unistd.unlinkat(targetFd, NAME, Fcntl.AT_REMOVEDIR);
  }

  /** Removes what was not put in place. */
  @Override
  public void close() {
    if (fd != NONE) {
      try {
        remove();
      } catch (ErrnoException e) {
        // It is gone, with what it was in.
        fd = NONE;
      }
    }
    if (targetFd != NONE) {
      Unistd.close(targetFd);
      targetFd = NONE;
    }
  }
}
