// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.Fcntl;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of /proc/locks, proc_locks(5), which is also how fdinfo lists the locks of an open file,
 * since Linux 3.18. {@code lock_get_status} in fs/locks.c writes both.
 *
 * @param waits whether it is only asked for
 * @param kind POSIX, FLOCK, OFDLCK, LEASE, DELEG, ACCESS ...
 * @param state ADVISORY; of a lease ACTIVE or BREAKING
 * @param type F_RDLCK, F_WRLCK or F_UNLCK; of a lease that is given up, what it is to become
 * @param pid who has taken it, as the reader of /proc numbers it; -1 for an OFDLCK
 * @param device number of the superblock, major &lt;&lt; 20 | minor as in {@link MountInfo}; -1 if
 *     it is not told
 * @param ino inode number, as fdinfo has it
 * @param start first byte
 * @param end last byte, or {@link #TO_THE_END}
 */
public record LockLine(
    boolean waits,
    String kind,
    String state,
    int type,
    int pid,
    int device,
    long ino,
    long start,
    long end) {
  /** Of a range that ends nowhere. */
  public static final long TO_THE_END = Long.MAX_VALUE;

  private static final String SHAPE = "N: [->] kind state type pid major:minor:inode first last";
  private static final int WORDS = 8;
  private static final int MINOR_BITS = 20;

  /** All locks of the machine that the reader's pid namespace can name. */
  public static List<LockLine> read(ProcFs proc) {
    String path = proc.root() + "/locks";
    List<LockLine> locks = new ArrayList<>();
    for (String line : Words.split(ProcFs.text(path), '\n')) {
      if (!line.isEmpty()) {
        locks.add(parse(path, line));
      }
    }
    return locks;
  }

  /** Parses one line; {@code path} is for messages. */
  public static LockLine parse(String path, String line) {
    List<String> words = Words.of(line);
    boolean waits = words.size() > 1 && words.get(1).equals("->");
    if (waits) {
      words.remove(1);
    }
    if (words.size() != WORDS) {
      throw new ProcException(path, line, SHAPE);
    }
    try {
      List<String> inode = Words.split(words.get(5), ':');
      boolean named = inode.size() == 3;
      return new LockLine(
          waits,
          words.get(1),
          words.get(2),
          type(path, line, words.get(3)),
          Integer.parseInt(words.get(4)),
          named
              ? Integer.parseInt(inode.get(0), 16) << MINOR_BITS
                  | Integer.parseInt(inode.get(1), 16)
              : -1,
          Long.parseUnsignedLong(inode.get(inode.size() - 1)),
          Long.parseLong(words.get(6)),
          words.get(7).equals("EOF") ? TO_THE_END : Long.parseLong(words.get(7)));
    } catch (NumberFormatException e) {
      throw new ProcException(path, line, SHAPE);
    }
  }

  private static int type(String path, String line, String word) {
    return switch (word) {
      case "READ" -> Fcntl.F_RDLCK;
      case "WRITE" -> Fcntl.F_WRLCK;
      case "UNLCK" -> Fcntl.F_UNLCK;
      default -> throw new ProcException(path, line, SHAPE);
    };
  }

  /** Whether both cover a byte. */
  public boolean overlaps(long otherStart, long otherEnd) {
    return start <= otherEnd && otherStart <= end;
  }
}
