// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.option.OptionException;
import java.nio.file.Path;

/**
 * The directory of images and the one where log, statistics and pid files go.
 *
 * <p>Both are held open: the caller may have named them by a descriptor of its own. CRIU changes
 * into the work directory; here relative paths are resolved against it by {@link #inWork}.
 */
public final class Directories implements AutoCloseable {
  private final int imagesFd;
  private final int workFd;

  private Directories(int imagesFd, int workFd) {
    this.imagesFd = imagesFd;
    this.workFd = workFd;
  }

  /**
   * Opens both.
   *
   * @param images path of the directory of images
   * @param work path of the work directory
   * @throws OptionException when one is not there or is no directory
   */
  public static Directories open(String images, String work) {
    int imagesFd = openOne("images directory", images);
    try {
      return new Directories(imagesFd, openOne("work directory", work));
    } catch (OptionException e) {
      Unistd.close(imagesFd);
      throw e;
    }
  }

  private static int openOne(String what, String path) {
    try {
      int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
      return Fcntl.open(path, flags, 0);
    } catch (ErrnoException e) {
      throw new OptionException(
          what + " " + path + " cannot be opened: " + e.getMessage() + ": create it first");
    }
  }

  /** Descriptor of the directory of images. */
  public int imagesFd() {
    return imagesFd;
  }

  /** Path of the directory of images, valid in this process. */
  public Path images() {
    return Path.of("/proc/self/fd/" + imagesFd);
  }

  /** Path of the directory of images that other processes can use while this one lives. */
  public String imagesForOthers() {
    return forOthers(imagesFd);
  }

  /** Path of the work directory, valid in this process. */
  public Path work() {
    return Path.of("/proc/self/fd/" + workFd);
  }

  /** Descriptor of the work directory. */
  public int workFd() {
    return workFd;
  }

  /** A name in the work directory, or an absolute one, valid in this process. */
  public String inWork(String name) {
    return name.startsWith("/") ? name : "/proc/self/fd/" + workFd + '/' + name;
  }

  private static String forOthers(int fd) {
    return "/proc/" + Unistd.getpid() + "/fd/" + fd;
  }

  @Override
  public void close() {
    Unistd.close(imagesFd);
    Unistd.close(workFd);
  }
}
