// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.util.ArrayList;
import java.util.List;

/**
 * What a plan depends on beside images and options, gathered before it is made: planning itself
 * looks at nothing.
 *
 * @param mappings that the first task inherits by fork from the process that starts it
 * @param vdso content of the vdso among them
 * @param descriptorLimit hard RLIMIT_NOFILE of that process: it raises its own to it
 * @param signalLimit hard RLIMIT_SIGPENDING of that process, which tasks inherit
 * @param lastCapability the highest capability of this kernel
 * @param pidMax first pid that this machine does not give, kernel.pid_max
 * @param maxMapCount how many mappings a task may have before it makes another, vm.max_map_count
 * @param maxQueuedEvents that wait in an inotify instance, fs.inotify.max_queued_events
 * @param clocks a moment ago
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Machine(
    List<Mapping> mappings,
    byte[] vdso,
    int descriptorLimit,
    long signalLimit,
    int lastCapability,
    int pidMax,
    int maxMapCount,
    int maxQueuedEvents,
    Clocks clocks) {
  /**
   * Gathers.
   *
   * @param starter the process that would start the first task of a restore, as {@code proc} has it
   */
  public static Machine of(ProcFs proc, int starter) {
    List<Mapping> mappings = SmapsParser.read(proc.path(starter, "maps"));
    return new Machine(
        mappings,
        vdso(proc, starter, mappings),
        descriptorLimit(starter),
        Resource.getLimit(starter, Resource.RLIMIT_SIGPENDING)[1],
        number(proc, "kernel/cap_last_cap"),
        number(proc, "kernel/pid_max"),
        number(proc, "vm/max_map_count"),
        number(proc, "fs/inotify/max_queued_events"),
        Clocks.now(proc, Unistd.getpid()));
  }

  private static int number(ProcFs proc, String name) {
    return Integer.parseInt(ProcFs.text(proc.root() + "/sys/" + name).trim());
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

  private static int descriptorLimit(int pid) {
    long hard = Resource.getLimit(pid, Resource.RLIMIT_NOFILE)[1];
    return Long.compareUnsigned(hard, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : (int) hard;
  }

  /** Addresses in use, pairs of first and first behind. */
  public List<long[]> ranges() {
    List<long[]> ranges = new ArrayList<>();
    for (Mapping mapping : mappings) {
      ranges.add(new long[] {mapping.start(), mapping.end()});
    }
    return ranges;
  }
}
