// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.util.ArrayList;
import java.util.List;

/**
 * What the first stub inherits from the launcher by fork.
 *
 * @param mappings of the launcher
 * @param vdso content of its vdso
 * @param descriptorLimit its RLIMIT_NOFILE
 * @param lastCapability the highest capability of this kernel
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LauncherLayout(
    List<Mapping> mappings, byte[] vdso, int descriptorLimit, int lastCapability) {
  static LauncherLayout of(ProcFs proc, int pid) {
    String path = proc.path(pid, "maps");
    List<Mapping> mappings = SmapsParser.parse(path, ProcFs.text(path));
    return new LauncherLayout(
        mappings, vdso(proc, pid, mappings), limit(proc, pid), ThreadRooms.lastCapability(proc));
  }

  private static byte[] vdso(ProcFs proc, int pid, List<Mapping> mappings) {
    for (Mapping mapping : mappings) {
      if (mapping.name().equals("[vdso]")) {
        int length = (int) mapping.lengthBytes();
        int fd = Fcntl.open(proc.path(pid, "mem"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
        try (NativeMemory content = NativeMemory.allocate(length)) {
          Unistd.pread(fd, content.address(), length, mapping.start());
          return content.getBytes(0, length);
        } finally {
          Unistd.close(fd);
        }
      }
    }
    return new byte[0];
  }

  /** Soft limit in the line {@code Max open files 1024 20000 files}. */
  private static int limit(ProcFs proc, int pid) {
    for (String line : proc.text(pid, "limits").split("\n")) {
      if (line.startsWith("Max open files")) {
        String soft = line.substring("Max open files".length()).trim().split("\\s+")[0];
        return soft.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(soft);
      }
    }
    throw new IllegalStateException("no limit of open files in " + proc.path(pid, "limits"));
  }

  /** Addresses in use, pairs of first and first behind. */
  List<long[]> ranges() {
    List<long[]> ranges = new ArrayList<>();
    for (Mapping mapping : mappings) {
      ranges.add(new long[] {mapping.start(), mapping.end()});
    }
    return ranges;
  }
}
