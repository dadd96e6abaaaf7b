// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageException;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.memory.Areas.Area;
import java.util.ArrayList;
import java.util.List;

/** The mappings of one task as mm-PID.img holds them, and apart from them its guard regions. */
final class AddressSpace implements Spans {
  private final String subject;
  private final mm_entry mm;
  private final List<Area> mappings = new ArrayList<>();
  private final List<vma_entry> guards = new ArrayList<>();
  private int vdso = OUTSIDE;

  /** Where the last search ended: as a rule the next is for what lies there or right behind it. */
  private int near;

  /**
   * Takes them apart.
   *
   * @param subject whose they are, for messages
   * @param rooms know the kinds of mappings
   * @param paths tells which files are the same
   * @throws dev.torpor.error.UnsupportedException if one is of no known kind
   * @throws ImageException if one begins before the one in front of it ends
   */
  AddressSpace(String subject, mm_entry mm, MappingRooms rooms, MappedPaths paths) {
    this.subject = subject;
    this.mm = mm;
    long last = 0;
    for (vma_entry vma : mm.getVmasList()) {
      if (vma.getStatus() == VmaStatus.GUARD) {
        guards.add(vma);
        continue;
      }
      if (Long.compareUnsigned(vma.getStart(), last) < 0
          || Long.compareUnsigned(vma.getEnd(), vma.getStart()) <= 0) {
        throw ImageException.contradiction(
            subject(vma), "it does not lie behind the one in front of it");
      }
      last = vma.getEnd();
      vdso = (vma.getStatus() & VmaStatus.VDSO) != 0 ? mappings.size() : vdso;
      MappingRoom room = rooms.of(subject, vma);
      int file = room.file(vma);
      mappings.add(
          new Area(vma.getStart(), vma.getEnd(), room, vma, file == 0 ? 0 : paths.of(file)));
    }
  }

  mm_entry mm() {
    return mm;
  }

  List<Area> mappings() {
    return mappings;
  }

  List<vma_entry> guards() {
    return guards;
  }

  /** Whether a mapping has a guard region. */
  boolean isGuarded(vma_entry vma) {
    for (vma_entry guard : guards) {
      if (vma.getStart() <= guard.getStart() && guard.getStart() < vma.getEnd()) {
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
  String subject(vma_entry vma) {
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
