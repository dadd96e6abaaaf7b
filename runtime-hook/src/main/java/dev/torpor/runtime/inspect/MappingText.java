// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.runtime.crit.Checkpoint;
import dev.torpor.runtime.crit.Kinds;
import java.util.Locale;

/** A mapping in the words of /proc/PID/maps. */
final class MappingText {
  private final Checkpoint checkpoint;
  private final mm_entry space;

  MappingText(Checkpoint checkpoint, mm_entry space) {
    this.checkpoint = checkpoint;
    this.space = space;
  }

  Report.Mapping read(vma_entry mapping, long savedBytes) {
    Kinds kinds = Kinds.of(mapping);
    return new Report.Mapping(
        String.format("%012x", mapping.getStart()),
        String.format("%012x", mapping.getEnd()),
        protection(mapping),
        mapping.getEnd() - mapping.getStart(),
        savedBytes,
        what(mapping, kinds),
        kinds.isFile() ? mapping.getPgoff() : 0);
  }

  private static String protection(vma_entry mapping) {
    return Kinds.protection(mapping)
        + (FieldText.of(mapping, "flags").contains("MAP_SHARED") ? "s" : "p");
  }

  private String what(vma_entry mapping, Kinds kinds) {
    if (kinds.any("VMA_AREA_SYSVIPC")) {
      return "[System V segment " + mapping.getShmid() + ']';
    }
    if (kinds.any("VMA_ANON_SHARED")) {
      return "[shared memory " + mapping.getShmid() + ']';
    }
    if (kinds.isFile()) {
      return checkpoint.path((int) mapping.getShmid());
    }
    if (kinds.any("VMA_AREA_STACK") || isIn(mapping, space.getMmStartStack())) {
      return "[stack]";
    }
    for (String kind : new String[] {"VSYSCALL", "VDSO", "VVAR", "SOCKET", "AIORING"}) {
      if (kinds.any("VMA_AREA_" + kind)) {
        return '[' + kind.toLowerCase(Locale.ROOT) + ']';
      }
    }
    return kinds.any("VMA_AREA_HEAP") || isIn(mapping, space.getMmStartBrk()) ? "[heap]" : "";
  }

  private static boolean isIn(vma_entry mapping, long address) {
    return Long.compareUnsigned(mapping.getStart(), address) <= 0
        && Long.compareUnsigned(address, mapping.getEnd()) < 0;
  }
}
