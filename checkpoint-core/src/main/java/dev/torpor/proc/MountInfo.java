// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.KernelString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One line of /proc/PID/mountinfo, proc_pid_mountinfo(5). Names are kept as {@link KernelString}
 * does.
 *
 * @param id mount id; used again by the kernel when the mount is gone
 * @param parentId id of the mount it sits on, possibly outside of what the task sees
 * @param device number of the superblock, major &lt;&lt; 20 | minor as the kernel and CRIU's images
 *     have it
 * @param root path within the file system that is mounted, without the mark of a deleted one
 * @param deleted whether that path was deleted
 * @param mountPoint path from the task's root
 * @param options of the mount, as the kernel writes them
 * @param sharedId peer group, or 0
 * @param masterId peer group it receives from, or 0
 * @param unbindable whether it cannot be bound
 * @param type of the file system, with a subtype behind a dot
 * @param source what mount(2) was given
 * @param superOptions options of the superblock, as the kernel writes them
 */
public record MountInfo(
    int id,
    int parentId,
    int device,
    String root,
    boolean deleted,
    String mountPoint,
    String options,
    int sharedId,
    int masterId,
    boolean unbindable,
    String type,
    String source,
    String superOptions) {
  /** What fs/proc_namespace.c puts behind the root of a mount whose directory was removed. */
  private static final String DELETED = "//deleted";

  private static final String SHAPE =
      "id parent major:minor root mountpoint options [tag:value]... - type source options";

  /** The mounts that a task sees, in the kernel's order: a parent before its children. */
  public static List<MountInfo> read(ProcFs proc, int pid) {
    String path = proc.path(pid, "mountinfo");
    return parse(path, ProcFs.bytes(path));
  }

  /** Parses the whole file; {@code path} is for messages. */
  public static List<MountInfo> parse(String path, byte[] text) {
    List<MountInfo> mounts = new ArrayList<>();
    int start = 0;
    while (start < text.length) {
      int end = start;
      while (end < text.length && text[end] != '\n') {
        end++;
      }
      String line = KernelString.decode(Arrays.copyOfRange(text, start, end));
      try {
        mounts.add(parseLine(line));
      } catch (IndexOutOfBoundsException | NumberFormatException e) {
        ProcException malformed = new ProcException(path, line, SHAPE);
        malformed.addSuppressed(e);
        throw malformed;
      }
      start = end + 1;
    }
    return mounts;
  }

  private static MountInfo parseLine(String line) {
    List<String> fields = Words.split(line, ' ');
    String root = unescape(fields.get(3));
    boolean deleted = root.endsWith(DELETED);
    int shared = 0;
    int master = 0;
    boolean unbindable = false;
    int at = 6;
    for (; !fields.get(at).equals("-"); at++) {
      String tag = fields.get(at);
      if (tag.startsWith("shared:")) {
        shared = Integer.parseInt(tag, 7, tag.length(), 10);
      } else if (tag.startsWith("master:")) {
        master = Integer.parseInt(tag, 7, tag.length(), 10);
      } else if (tag.equals("unbindable")) {
        unbindable = true;
      } else if (!tag.startsWith("propagate_from:")) {
        throw new NumberFormatException("unknown tag " + tag);
      }
    }
    return new MountInfo(
        Integer.parseInt(fields.get(0)),
        Integer.parseInt(fields.get(1)),
        device(fields.get(2)),
        deleted ? root.substring(0, root.length() - DELETED.length()) : root,
        deleted,
        unescape(fields.get(4)),
        fields.get(5),
        shared,
        master,
        unbindable,
        unescape(fields.get(at + 1)),
        unescape(fields.get(at + 2)),
        unescape(fields.get(at + 3)));
  }

  private static int device(String majorMinor) {
    int colon = majorMinor.indexOf(':');
    return Integer.parseInt(majorMinor, 0, colon, 10) << 20
        | Integer.parseInt(majorMinor, colon + 1, majorMinor.length(), 10);
  }

  /** Undoes the octal escapes for blank, tab, line feed and backslash. */
  public static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        plain.append((char) Integer.parseInt(text, i + 1, i + 4, 8));
        i += 3;
      } else {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
