// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.ipc_desc_entry;
import dev.torpor.linux.SysvIpc;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of /proc/sysvipc: a heading, then one object of the reader's IPC namespace per line. All
 * kinds have the columns that struct ipc64_perm has.
 */
final class SysvTable {
  private static final int PERMISSIONS = 0777;

  private final String path;
  private final String idColumn;
  private final List<String> heading;
  private final List<List<String>> lines = new ArrayList<>();

  private SysvTable(String path, String idColumn, List<String> text) {
    this.path = path;
    this.idColumn = idColumn;
    this.heading = Words.of(text.get(0));
    for (String line : text.subList(1, text.size())) {
      if (!line.isBlank()) {
        lines.add(Words.of(line));
      }
    }
  }

  /**
   * Reads one.
   *
   * @param file its name, such as {@code shm}
   * @param idColumn what the heading calls the ids
   */
  static SysvTable read(ProcFs proc, String file, String idColumn) {
    String path = proc.root() + "/sysvipc/" + file;
    return new SysvTable(path, idColumn, Words.split(ProcFs.text(path), '\n'));
  }

  /** How many objects there are. */
  int size() {
    return lines.size();
  }

  /** A number of an object, by the name of its column. */
  long number(int index, String column) {
    return number(index, column, 10);
  }

  private long number(int index, String column, int radix) {
    int at = heading.indexOf(column);
    List<String> line = lines.get(index);
    if (at < 0 || line.size() != heading.size()) {
      throw new ProcException(path, String.join(" ", line), "a line with " + column);
    }
    try {
      String text = line.get(at);
      return text.startsWith("-")
          ? Long.parseLong(text, radix)
          : Long.parseUnsignedLong(text, radix);
    } catch (NumberFormatException e) {
      ProcException malformed = new ProcException(path, line.get(at), "a number for " + column);
      malformed.addSuppressed(e);
      throw malformed;
    }
  }

  /** The line of an object, or -1 if there is none with this id. */
  int find(int id) {
    for (int i = 0; i < size(); i++) {
      if (id(i) == id) {
        return i;
      }
    }
    return -1;
  }

  int id(int index) {
    return (int) number(index, idColumn);
  }

  /** Access permissions, and for shared memory SHM_DEST and SHM_LOCKED. */
  int mode(int index) {
    int mode = (int) number(index, "perms", 8);
    if ((mode & ~(PERMISSIONS | SysvIpc.SHM_DEST | SysvIpc.SHM_LOCKED)) != 0) {
      throw new ProcException(path, Integer.toOctalString(mode), "permissions that are known");
    }
    return mode;
  }

  /** What all kinds of objects have. */
  ipc_desc_entry description(int index) {
    return ipc_desc_entry
        .newBuilder()
        .setKey((int) number(index, "key"))
        .setUid((int) number(index, "uid"))
        .setGid((int) number(index, "gid"))
        .setCuid((int) number(index, "cuid"))
        .setCgid((int) number(index, "cgid"))
        .setMode(mode(index))
        .setId(id(index))
        .build();
  }
}
