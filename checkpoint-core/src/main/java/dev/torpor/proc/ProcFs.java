// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Unistd;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringTokenizer;

/** A mounted proc file system, or a recorded copy of one. */
public final class ProcFs {
  private static final int[] NONE = {};

  /** What the kernel gives at once. */
  private static final int PIECE_BYTES = 4096;

  private final String root;

  /** The proc file system mounted at {@code root}. */
  public ProcFs(Path root) {
    this.root = root.toString();
  }

  /** Where it is mounted. */
  public String root() {
    return root;
  }

  /** Path of a file of a task: {@code path(42, "fd/7")}. */
  public String path(int pid, String name) {
    return root + "/" + pid + "/" + name;
  }

  /** Whole content of a file of a task, as text. */
  public String text(int pid, String name) {
    return text(path(pid, name));
  }

  /** Whole content of a file, as text; names in it are {@link KernelString}s. */
  public static String text(String path) {
    return KernelString.decode(bytes(path));
  }

  /**
   * Whole content of one of many files of a directory, as text.
   *
   * @param directory an open one, from where the kernel has a shorter way
   */
  public static String textAt(int directory, String name) {
    return KernelString.decode(bytesAt(directory, name));
  }

  /** Whole content of a file. */
  public static byte[] bytes(String path) {
    return bytesAt(Fcntl.AT_FDCWD, path);
  }

  private static byte[] bytesAt(int directory, String path) {
    // By system calls: the JDK's ways to a file are long, and a dump takes them a thousand times.
    try {
      int fd = Fcntl.openat(directory, path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      try {
        return Unistd.readAll(fd);
      } finally {
        Unistd.close(fd);
      }
    } catch (ErrnoException e) {
      throw new ProcException(path, e);
    }
  }

  /** Takes the content of a file piece by piece. */
  @FunctionalInterface
  interface Pieces {
    /**
     * The next one.
     *
     * @param piece is used again for the one behind it
     */
    void take(byte[] piece, int lengthBytes);
  }

  /** Reads a file that may be too long to be kept as a whole. */
  static void read(String path, Pieces pieces) {
    try {
      int fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      try {
        byte[] piece = new byte[PIECE_BYTES];
        for (int got = Unistd.read(fd, piece); got > 0; got = Unistd.read(fd, piece)) {
          pieces.take(piece, got);
        }
      } finally {
        Unistd.close(fd);
      }
    } catch (ErrnoException e) {
      throw new ProcException(path, e);
    }
  }

  /** Target text of a symbolic link of a task: {@code exe}, {@code fd/7}, {@code ns/net}. */
  public String link(int pid, String name) {
    String path = path(pid, name);
    try {
      return Unistd.readlinkat(Fcntl.AT_FDCWD, path);
    } catch (ErrnoException e) {
      throw new ProcException(path, e);
    }
  }

  /** Pids of all processes that can be seen, ascending. */
  public int[] processes() {
    String[] names = new java.io.File(root).list();
    int[] pids = new int[names == null ? 0 : names.length];
    int count = 0;
    for (int i = 0; i < pids.length; i++) {
      if (names[i].charAt(0) >= '0' && names[i].charAt(0) <= '9') {
        pids[count++] = number(names[i]);
      }
    }
    int[] found = Arrays.copyOf(pids, count);
    Arrays.sort(found);
    return found;
  }

  /** Thread ids of a task, ascending; {@linkplain #isWorker workers} among them. */
  public int[] threads(int pid) {
    return numbers(path(pid, "task"));
  }

  /** Whether a thread is the kernel's, and none that a task could be asked by. */
  public boolean isWorker(int pid, int tid) {
    try {
      return stat(pid, tid).isWorker();
    } catch (ProcException e) {
      if (e.gone()) {
        return false;
      }
      throw e;
    }
  }

  /** Descriptor numbers of a task, ascending. */
  public int[] descriptors(int pid) {
    return numbers(path(pid, "fd"));
  }

  /**
   * Children of all threads of a task: the leader's first, in the order of their birth per thread.
   * Read in the reverse order, since an orphan goes to the first thread that lives: of a task that
   * stands still, either the orphan or its dying parent is seen.
   */
  public int[] children(int pid) {
    int[] found = NONE;
    int[] threads = threads(pid);
    for (int i = threads.length - 1; i >= 0; i--) {
      if (threads[i] != pid) {
        found = behind(numbersIn(pid, threads[i]), found);
      }
    }
    return behind(numbersIn(pid, pid), found);
  }

  private int[] numbersIn(int pid, int tid) {
    String text = text(pid, "task/" + tid + "/children");
    if (text.isEmpty()) {
      return NONE;
    }
    StringTokenizer list = new StringTokenizer(text);
    int[] children = new int[list.countTokens()];
    for (int i = 0; i < children.length; i++) {
      children[i] = number(list.nextToken());
    }
    return children;
  }

  private static int[] behind(int[] first, int[] others) {
    if (first.length == 0 || others.length == 0) {
      return first.length == 0 ? others : first;
    }
    int[] all = Arrays.copyOf(first, first.length + others.length);
    System.arraycopy(others, 0, all, first.length, others.length);
    return all;
  }

  private static int[] numbers(String path) {
    String[] names = new java.io.File(path).list();
    if (names == null) {
      throw new ProcException(path, new java.nio.file.NoSuchFileException(path));
    }
    int[] numbers = new int[names.length];
    for (int i = 0; i < names.length; i++) {
      numbers[i] = number(names[i]);
    }
    Arrays.sort(numbers);
    return numbers;
  }

  private static int number(String digits) {
    return Digits.parseInt(digits, 0, digits.length(), 10);
  }

  /** Parsed {@code stat} of a thread. */
  public TaskStat stat(int pid, int tid) {
    String path = path(pid, "task/" + tid + "/stat");
    return TaskStat.parse(path, text(path));
  }

  /** Parsed {@code stat} of a process: the same, but for what all its threads have together. */
  public TaskStat processStat(int pid) {
    String path = path(pid, "stat");
    return TaskStat.parse(path, text(path));
  }

  /** Parsed {@code status} of a thread. */
  public TaskStatus status(int pid, int tid) {
    String path = path(pid, "task/" + tid + "/status");
    return TaskStatus.parse(path, text(path));
  }
}
