// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes the image entries of a task's mappings: what all kinds have in common here, the rest in
 * their {@link MappingRoom}.
 */
final class VmaEntries {
  /** A mapping that has guard regions, or had; shown since Linux 6.18. */
  static final String GUARD_FLAG = "gu";

  /** VmFlags that say nothing that must be carried, or that the fields of an entry hold. */
  private static final String HARMLESS =
      " rd wr ex sh mr mw me ms gd lo nr de ac sd dp " + GUARD_FLAG + " ";

  /**
   * No advice, yet noted in the bits of advice: locked on fault (MLOCK_ONFAULT), sealed (mseal).
   */
  private static final int ON_FAULT = 61;

  private static final int SEALED = 62;

  private static final long NO_ADVICE = 1L << ON_FAULT | 1L << SEALED;

  /** VmFlags with the madvise(2) that sets them. */
  private static final String[] ADVICE_FLAGS = {
    "sr", "rr", "dc", "dd", "mg", "hg", "nh", "wf", "lf", "sl"
  };

  private static final int[] ADVICE = {
    Mman.MADV_SEQUENTIAL,
    Mman.MADV_RANDOM,
    Mman.MADV_DONTFORK,
    Mman.MADV_DONTDUMP,
    Mman.MADV_MERGEABLE,
    Mman.MADV_HUGEPAGE,
    Mman.MADV_NOHUGEPAGE,
    Mman.MADV_WIPEONFORK,
    ON_FAULT,
    SEALED
  };

  private final MappingRooms rooms;
  private final int pid;
  private final MappedFiles files;

  /** By VmFlags, of which a task with many mappings has few different ones. */
  private final Map<String, Long> advices = new HashMap<>();

  /**
   * Of one task.
   *
   * @param files gives mapped files their ids
   */
  VmaEntries(MappingRooms rooms, int pid, MappedFiles files) {
    this.rooms = rooms;
    this.pid = pid;
    this.files = files;
  }

  /**
   * Adds the entries of all its mappings.
   *
   * @throws UnsupportedException for a mapping that is not carried
   */
  void capture(List<Mapping> mappings, mm_entry.Builder mm) {
    List<vma_entry> entries = new ArrayList<>(mappings.size());
    for (Mapping mapping : mappings) {
      MappingRoom room = rooms.of(pid, mapping);
      if (room.isContinued(mapping)) {
        int last = entries.size() - 1;
        entries.set(last, entries.get(last).toBuilder().setEnd(mapping.end()).build());
      } else {
        entries.add(entry(room, mapping, mm));
      }
    }
    mm.addAllVmas(entries);
    AioRing.note(mm);
  }

  private vma_entry entry(MappingRoom room, Mapping mapping, mm_entry.Builder mm) {
    vma_entry.Builder vma =
        vma_entry
            .newBuilder()
            .setStart(mapping.start())
            .setEnd(mapping.end())
            .setPgoff(0)
            .setShmid(0)
            .setProt(mapping.protection())
            .setFlags(flags(mapping))
            .setFd(-1);
    room.capture(pid, mapping, files, vma);
    long advice = room.isOfKernel() ? knownAdvice(mapping) : advice(room, mapping);
    if ((advice & NO_ADVICE) != 0) {
      note(mapping, advice, mm);
      advice &= ~NO_ADVICE;
    }
    if (advice != 0) {
      vma.setMadv(advice);
    }
    return vma.build();
  }

  /**
   * Entries of mappings have no place for more: CRIU would take any advice that it does not know.
   */
  private static void note(Mapping mapping, long advice, mm_entry.Builder mm) {
    if ((advice >>> ON_FAULT & 1) != 0) {
      mm.addLockedOnFault(mapping.start());
    }
    if ((advice >>> SEALED & 1) != 0) {
      mm.addSealed(mapping.start());
    }
  }

  private static int flags(Mapping mapping) {
    int flags =
        mapping.isShared()
            ? Mman.MAP_SHARED
            : mapping.hasFlag("dp") ? Mman.MAP_DROPPABLE : Mman.MAP_PRIVATE;
    if (mapping.hasFlag("gd")) {
      flags |= Mman.MAP_GROWSDOWN;
    }
    if (mapping.hasFlag("lo")) {
      flags |= Mman.MAP_LOCKED;
    }
    if (mapping.hasFlag("nr")) {
      flags |= Mman.MAP_NORESERVE;
    }
    return flags;
  }

  /** What was advised to a mapping, one bit per madvise(2) value. */
  private long advice(MappingRoom room, Mapping mapping) {
    Long seen = advices.get(mapping.vmFlags());
    if (seen != null) {
      return seen;
    }
    String unknown = unknownFlag(mapping.vmFlags(), room.kernelFlag());
    if (unknown != null) {
      throw new UnsupportedException(
          mapping + " of task " + pid, "its property \"" + unknown + "\" (VmFlags) is not carried");
    }
    long advice = knownAdvice(mapping);
    if (room.kernelFlag().isEmpty()) {
      advices.put(mapping.vmFlags(), advice);
    }
    return advice;
  }

  private static String unknownFlag(String flags, String ofKernel) {
    for (int at = 1; at + 2 < flags.length(); at += 3) {
      String flag = flags.substring(at, at + 2);
      if (index(flag) < 0 && !HARMLESS.contains(" " + flag + " ") && !ofKernel.equals(flag)) {
        return flag;
      }
    }
    return null;
  }

  /** The advice among flags, whatever else there is. */
  private static long knownAdvice(Mapping mapping) {
    long advice = 0;
    String flags = mapping.vmFlags();
    for (int at = 1; at + 2 < flags.length(); at += 3) {
      int index = index(flags.substring(at, at + 2));
      advice |= index < 0 ? 0 : 1L << ADVICE[index];
    }
    return advice;
  }

  private static int index(String flag) {
    for (int i = 0; i < ADVICE_FLAGS.length; i++) {
      if (ADVICE_FLAGS[i].equals(flag)) {
        return i;
      }
    }
    return -1;
  }
}
