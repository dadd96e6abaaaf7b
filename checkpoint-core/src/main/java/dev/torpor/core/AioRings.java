// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.Mapping;
import dev.torpor.timer.TraceeMemory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for operations of io_submit(2): what they read would come to memory that is in the images
 * already. Only the kernel's memory tells how many there are.
 *
 * <p>A child inherits the mapping of a ring, but not the ring, which only the frozen tree's kernel
 * memory tells for sure. That two tasks have the mapping is seen before.
 */
final class AioRings {
  private static final long PATIENCE_NANOS = 1_000_000_000;
  private static final long PAUSE_NANOS = 1_000_000;

  private final TraceeMemory memory;
  private final boolean frozen;

  /** Who has the mapping of a ring, by its inode. */
  private final Map<Long, Integer> owners = new HashMap<>();

  /**
   * No ring is known yet.
   *
   * @param frozen whether the tree stands: it begins no others then, and those of files soon end
   */
  AioRings(TraceeMemory memory, boolean frozen) {
    this.memory = memory;
    this.frozen = frozen;
  }

  void await(int pid, Mapping mapping) {
    Integer owner = owners.putIfAbsent(mapping.inode(), pid);
    if (owner != null && owner != pid) {
      throw refusal(
          pid,
          mapping,
          "it is a ring of task "
              + owner
              + ", of which a child has inherited the mapping alone, which is not carried; let the"
              + " child unmap it, or execute a program");
    }
    if (!memory.tellsOfAio()) {
      throw refusal(
          pid,
          mapping,
          "whether operations are under way in it only memory of the kernel tells, for which this"
              + " kernel must be Linux 5.19, have BTF and permit BPF; let the program do"
              + " without (io_destroy) before the dump");
    }
    if (!frozen) {
      return;
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    Integer count = memory.aioUnderWay(pid, mapping.start());
    while (count != null && count > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(PAUSE_NANOS);
      count = memory.aioUnderWay(pid, mapping.start());
    }
    if (count == null) {
      throw refusal(
          pid,
          mapping,
          "it is a ring of another process, or this kernel keeps them in another way");
    }
    if (count != 0) {
      throw refusal(
          pid,
          mapping,
          "operations are under way in it ("
              + count
              + "); try again, or let the program wait for them (io_getevents)");
    }
  }

  private static UnsupportedException refusal(int pid, Mapping mapping, String reason) {
    return new UnsupportedException("AIO ring " + mapping + " of task " + pid, reason);
  }
}
