// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.vma_entry;
import java.io.IOException;
import java.io.Writer;
import java.util.HashMap;
import java.util.Map;

/** {@code crit x DIR mems}: the program and the mappings of each task. */
final class Mappings implements Listing {
  /** Shared memory gets small numbers, in the order in which it is met. */
  private final Map<Long, Integer> shared = new HashMap<>();

  @Override
  public void print(Checkpoint checkpoint, Writer out) throws IOException {
    for (pstree_entry task : checkpoint.tasks()) {
      out.write(Checkpoint.number(task.getPid()) + "\n");
      mm_entry memory = checkpoint.memory(task);
      if (memory == null) {
        continue;
      }
      out.write(String.format("\t%-36s    %s%n", "exe", checkpoint.path(memory.getExeFileId())));
      for (vma_entry mapping : memory.getVmasList()) {
        Kinds kinds = Kinds.of(mapping);
        String range = String.format("%08x-%08x", mapping.getStart(), mapping.getEnd());
        String what = what(checkpoint, mapping, kinds);
        String state = kinds.any("VMA_AREA_REGULAR") ? "" : " *";
        out.write(String.format("\t%-36s%s%s%s%n", range, Kinds.protection(mapping), what, state));
      }
    }
  }

  private String what(Checkpoint checkpoint, vma_entry mapping, Kinds kinds) {
    if (kinds.any("VMA_AREA_SYSVIPC")) {
      return " ips[" + number(mapping) + ']';
    }
    if (kinds.any("VMA_ANON_SHARED")) {
      return " shmem[" + number(mapping) + ']';
    }
    if (kinds.any("VMA_AREA_SOCKET")) {
      return " packet[" + number(mapping) + ']';
    }
    if (kinds.isFile()) {
      return file(checkpoint, mapping, kinds);
    }
    if (kinds.any("VMA_AREA_STACK")) {
      return " [stack]";
    }
    if (kinds.any("VMA_AREA_VSYSCALL")) {
      return " [vsyscall]";
    }
    if (kinds.any("VMA_AREA_VDSO")) {
      return " [vdso]";
    }
    return FieldText.of(mapping, "flags").contains("MAP_GROWSDOWN") ? " [stack?]" : "";
  }

  private static String file(Checkpoint checkpoint, vma_entry mapping, Kinds kinds) {
    String offset = mapping.getPgoff() == 0 ? "" : " + 0x" + Long.toHexString(mapping.getPgoff());
    String shared = kinds.any("VMA_FILE_SHARED") ? " (s)" : "";
    return ' ' + checkpoint.path((int) mapping.getShmid()) + offset + shared;
  }

  private String number(vma_entry mapping) {
    Integer number = shared.computeIfAbsent(mapping.getShmid(), id -> shared.size() + 1);
    return Integer.toHexString(number);
  }
}
