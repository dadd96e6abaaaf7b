// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.linux.Mman;
import dev.torpor.memory.Areas.Area;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The mappings of one task as mm-PID.img holds them, and apart from them its guard regions. */
final class AddressSpace implements Spans {
  private static final int KNOWN_FLAGS =
      Mman.MAP_SHARED
          | Mman.MAP_PRIVATE
          | Mman.MAP_DROPPABLE
          | Mman.MAP_ANONYMOUS
          | Mman.MAP_GROWSDOWN
          | Mman.MAP_LOCKED
          | Mman.MAP_NORESERVE;

  private final String subject;
  private final mm_entry mm;
  private final Set<Long> onFault;
  private final List<Area> mappings = new ArrayList<>();
  private final List<Area> special = new ArrayList<>();
  private final List<Vma> guards = new ArrayList<>();
  private int vdso = OUTSIDE;

  /** Where the last search ended: as a rule the next is for what lies there or right behind it. */
  private int near;

  /**
   * Takes them apart.
   *
   * @param subject whose they are, for messages
   * @param rooms know the kinds of mappings
   * @param paths tells which files are the same
   * @throws UnsupportedException if one is of no known kind, or has unknown flags
   * @throws ImageException if one begins before the one in front of it ends
   */
  AddressSpace(String subject, MmImage image, MappingRooms rooms, MappedPaths paths) {
    this.subject = subject;
    this.mm = image.mm();
    this.onFault = new HashSet<>(mm.getLockedOnFaultList());
    long last = 0;
    for (Vma vma : image.vmas()) {
      if (vma.status() == VmaStatus.GUARD) {
        guards.add(vma);
      } else {
        check(vma, last);
        last = vma.end();
        add(vma, rooms.of(subject, vma), paths);
      }
    }
  }

  private void add(Vma vma, MappingRoom room, MappedPaths paths) {
    int file = room.file(vma);
    Area area = new Area(vma.start(), vma.end(), room, vma, file == 0 ? 0 : paths.of(file));
    if ((vma.status() & VmaStatus.VDSO) != 0) {
      vdso = mappings.size();
    }
    mappings.add(area);
    if (!room.isPlain(vma)) {
      special.add(area);
    }
  }

  /**
   * Looks at one by itself.
   *
   * @param last first address behind the one in front of it
   */
  private void check(Vma vma, long last) {
    if (Long.compareUnsigned(vma.start(), last) < 0
        || Long.compareUnsigned(vma.end(), vma.start()) <= 0) {
      throw ImageException.contradiction(
          subject(vma), "it does not lie behind the one in front of it");
    }
    int unknown = vma.flags() & ~KNOWN_FLAGS;
    if (unknown != 0) {
      throw new UnsupportedException(
          subject(vma), "mapping flags 0x" + Integer.toHexString(unknown) + " are not carried");
    }
  }

  /** Whose it is, for messages. */
  String subject() {
    return subject;
  }

  /** All but the mappings, which it may have or not. */
  mm_entry mm() {
    return mm;
  }

  List<Area> mappings() {
    return mappings;
  }

  /** Those that are more than memory of the task alone, without a file: a few, as a rule. */
  List<Area> special() {
    return special;
  }

  List<Vma> guards() {
    return guards;
  }

  /** Whether pages of a locked mapping are locked when they are first there. */
  boolean isLockedOnFault(Vma vma) {
    return onFault.contains(vma.start());
  }

  /**
   * The mapping that begins at an address.
   *
   * @throws ImageException if none does
   */
  Vma mapping(long start) {
    int index = firstEndingBehind(start);
    if (index == mappings.size() || mappings.get(index).start() != start) {
      throw ImageException.contradiction(
          subject, "no mapping begins at " + Long.toHexString(start) + ", which is to be sealed");
    }
    return mappings.get(index).like();
  }

  /** Whether a mapping has a guard region. */
  boolean isGuarded(Vma vma) {
    for (Vma guard : guards) {
      if (vma.start() <= guard.start() && guard.start() < vma.end()) {
        return true;
      }
    }
    return false;
  }

  /** The index of the vdso, or {@link #OUTSIDE}. */
  int vdso() {
    return vdso;
  }

  /** What a message calls one of them. */
  String subject(Vma vma) {
    return MappingRooms.subject(subject, vma);
  }

  @Override
  public int firstEndingBehind(long address) {
    near = firstEndingBehind(address, near);
    return near;
  }

  @Override
  public int size() {
    return mappings.size();
  }

  @Override
  public long start(int index) {
    return mappings.get(index).start();
  }

  @Override
  public long end(int index) {
    return mappings.get(index).end();
  }
}
