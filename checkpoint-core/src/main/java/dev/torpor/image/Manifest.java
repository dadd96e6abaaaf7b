// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import dev.torpor.image.ImageException.Problem;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.io.IOException;

/**
 * The list of a checkpoint's images with their lengths: CRIU leaves out images that would be empty,
 * so that one which was lost cannot be told from one that never was.
 *
 * <p>A text of its own beside the images, which CRIU does not look at: the inventory's run id, then
 * a line {@code LENGTH NAME} for each. A checkpoint of CRIU has none; one with another run id
 * belongs to an older dump and says nothing.
 */
public final class Manifest {
  /** Its file. */
  public static final String NAME = "torpor.manifest";

  private static final long NOT_A_FILE = -1;

  private Manifest() {}

  /** The text for the images in a directory. */
  static byte[] of(int directory, String[] names, String runId) {
    StringBuilder text = new StringBuilder(runId).append('\n');
    for (String name : names) {
      text.append(lengthBytes(directory, name)).append(' ').append(name).append('\n');
    }
    return KernelString.encode(text.toString());
  }

  private static long lengthBytes(int directory, String name) {
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstatat(directory, name, stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      boolean isFile = (stat.getInt(Stat.StructStat.st_mode) & Stat.S_IFMT) == Stat.S_IFREG;
      return isFile ? stat.getLong(Stat.StructStat.st_size) : NOT_A_FILE;
    }
  }

  /**
   * Compares a checkpoint with its list.
   *
   * @param runId the inventory's {@code dump_criu_run_id}
   * @throws ImageException if an image is missing, or has another length
   */
  public static void check(ImageDirectory images, String runId) throws IOException {
    String path = images.path() + "/" + NAME;
    if (!exists(path)) {
      return;
    }
    ImageFile.open(path).close();
    String text = ProcFs.text(path);
    int end = text.indexOf('\n');
    if (end < 0 || !text.substring(0, end).equals(runId)) {
      return;
    }
    int directory =
        Fcntl.open(images.path().toString(), Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
    try {
      for (int start = end + 1; start < text.length(); start = end + 1) {
        end = text.indexOf('\n', start);
        int blank = text.indexOf(' ', start);
        if (end < 0 || blank < 0 || blank > end) {
          throw damaged(NAME, start, Problem.TRUNCATED, "LENGTH NAME", "something else", null);
        }
        check(directory, text.substring(start, blank), text.substring(blank + 1, end));
      }
    } finally {
      Unistd.close(directory);
    }
  }

  private static boolean exists(String path) {
    try {
      Unistd.close(Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC, 0));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private static void check(int directory, String expected, String name) throws IOException {
    try {
      long found = lengthBytes(directory, name);
      if (found == NOT_A_FILE) {
        throw ImageFile.notAFile(name);
      }
      if (!Long.toString(found).equals(expected)) {
        throw damaged(
            name, found, Problem.WRONG_LENGTH, expected + " bytes", found + " bytes", null);
      }
    } catch (ErrnoException e) {
      throw damaged(name, 0, Problem.MISSING, "an image", Errno.describe(e.errno()), e);
    }
  }

  private static ImageException damaged(
      String name, long offset, Problem problem, String expected, String found, Exception cause) {
    return new ImageException(
        problem,
        name,
        offset,
        expected,
        found,
        "restore from another copy, or, if it was changed on purpose, remove " + NAME,
        cause);
  }
}
