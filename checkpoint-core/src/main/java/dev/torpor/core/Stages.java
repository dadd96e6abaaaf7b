// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.inject.Stage;
import dev.torpor.memory.KernelAreas;
import dev.torpor.memory.Provisions;
import dev.torpor.plan.FreeZone;
import dev.torpor.plan.Machine;
import dev.torpor.plan.StagePlace;
import java.util.List;

/**
 * The addresses that a restore uses for itself, free in all tasks before and after: where the
 * kernel's areas wait, the stage, where shared memory is made, and room for each task.
 */
final class Stages {
  private static final long PAGE_GAP_BYTES = 1L << 16;

  private final long first;
  private final long base;
  private final long sharedBytes;
  private final KernelAreas kernelAreas;

  /**
   * Finds them.
   *
   * @param used by the tasks
   * @param sharedBytes what the largest shared area takes
   */
  Stages(Machine machine, List<long[]> used, long sharedBytes) {
    used.addAll(machine.ranges());
    long parked = KernelAreas.lengthBytes(machine.mappings());
    this.sharedBytes = sharedBytes;
    this.first =
        FreeZone.find(
            used,
            parked + sharedBytes + Stage.ROOM_BYTES + Provisions.ROOM_BYTES + 3 * PAGE_GAP_BYTES);
    this.base = first + parked + PAGE_GAP_BYTES;
    this.kernelAreas = new KernelAreas(machine.mappings(), machine.vdso(), first);
  }

  /** First address of all. */
  long first() {
    return first;
  }

  /** Where the stage begins. */
  long base() {
    return base;
  }

  /** First address behind the room for the stage. */
  long end() {
    return base + Stage.ROOM_BYTES;
  }

  /** Where shared memory is made. */
  long sharedPlace() {
    return end() + PAGE_GAP_BYTES;
  }

  /** {@link Provisions#ROOM_BYTES} for each task. */
  long room() {
    return sharedPlace() + sharedBytes + PAGE_GAP_BYTES;
  }

  /** Where all of that begins and ends. */
  StagePlace place() {
    long roomEnd = room() + Provisions.ROOM_BYTES;
    return new StagePlace(List.of(first, base, end(), sharedPlace(), room(), roomEnd));
  }

  KernelAreas kernelAreas() {
    return kernelAreas;
  }
}
