// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;
import dev.torpor.proc.PerCpu;

/**
 * Counts operations of io_submit(2) that are under way: struct kioctx of fs/aio.c. Of the room that
 * a ring has for completions some is free, in one number for all processors and one for each; some
 * was used and not given back yet; the rest is for operations.
 */
final class AioContext {
  /** A table that is longer is none. */
  private static final int LONGEST_TABLE = 1 << 20;

  private final KernelTypes types;
  private final KernelMemory memory;
  private final PerCpu perCpu;

  /** Looks where numbers of processors are. */
  AioContext(KernelTypes types, KernelMemory memory) {
    this.types = types;
    this.memory = memory;
    this.perCpu = new PerCpu(types, memory);
  }

  /**
   * How many operations are under way.
   *
   * @param mm the address space
   * @param ring where it has the ring
   * @return null if it has none there of its own
   */
  Integer underWay(long mm, long ring) {
    long table = memory.pointer(mm, "mm_struct", "ioctx_table");
    if (table == 0) {
      return null;
    }
    long count = memory.number(table, "kioctx_table", "nr");
    long contexts = table + types.offset("kioctx_table", "table");
    for (long i = 0; i < Math.min(count, LONGEST_TABLE); i++) {
      long context = memory.readLong(contexts + i * Long.BYTES);
      if (context != 0 && memory.pointer(context, "kioctx", "user_id") == ring) {
        return underWay(context);
      }
    }
    return null;
  }

  private int underWay(long context) {
    long room = memory.number(context, "kioctx", "nr_events") - 1;
    room -= memory.number(context, "kioctx", "reqs_available");
    room -= memory.number(context, "kioctx", "completed_events");
    long ofCpus =
        memory.pointer(context, "kioctx", "cpu") + types.offset("kioctx_cpu", "reqs_available");
    return (int) (room - perCpu.sum(ofCpus, memory));
  }
}
