// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.linux.Mman;
import dev.torpor.memory.MappingRoom.Pages;
import java.util.List;

/** Areas of private memory that stand while tasks are born. */
record Areas(List<Area> areas) implements Spans {
  static final Areas NONE = new Areas(List.of());

  /** What must be equal for two mappings to be one before and after a fork. */
  private static final int KIND = ~Mman.MAP_LOCKED;

  /**
   * One of them.
   *
   * @param room of its kind of mapping
   * @param like a mapping in it: of the same file, if of any, at the same distance
   * @param file the first id of the mapped file, 0 if there is none
   */
  record Area(long start, long end, MappingRoom room, Vma like, int file) {
    /** Whether pages of it may be the task's own. */
    boolean hasOwnPages() {
      return room.pages(like) == Pages.OWN;
    }

    /** Whether its own pages are such as the task itself has written; those of code are not. */
    boolean isWrittenTo() {
      return hasOwnPages() && !isCode();
    }

    /** Whether it is a file's code. */
    boolean isCode() {
      return room.isCode(like);
    }

    /** Offset in the file at an address. */
    private long offsetBytes(long address) {
      return file == 0 ? 0 : like.pgoff() + address - like.start();
    }

    /** Whether a mapping of the other kind could be continued by this. */
    boolean hasSameBacking(Area other) {
      return file == other.file
          && (like.flags() & KIND) == (other.like.flags() & KIND)
          && offsetBytes(0) == other.offsetBytes(0);
    }
  }

  /** Whether one of them has all of a range, with the same behind it. */
  boolean covers(Area area) {
    if (areas.isEmpty()) {
      return false;
    }
    int index = firstEndingBehind(area.start());
    return index < size()
        && start(index) <= area.start()
        && end(index) >= area.end()
        && areas.get(index).hasSameBacking(area);
  }

  @Override
  public int size() {
    return areas.size();
  }

  @Override
  public long start(int index) {
    return areas.get(index).start();
  }

  @Override
  public long end(int index) {
    return areas.get(index).end();
  }
}
