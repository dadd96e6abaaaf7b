// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.plan.StagePlace;
import dev.torpor.plan.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * Maps the rings of a task where they were. The kernel takes no address for them, neither in mmap
 * nor in mremap (io_uring_get_unmapped_area): only it chooses. So all of the address space that
 * nobody uses is filled for a moment, but for the place of one mapping after the other.
 */
final class RingPlace {
  private static final long LOWEST = 1 << 16;
  private static final long HIGHEST = (1L << 47) - 4096;

  private final LatePlan.User user;
  private final LatePlan plan;
  private final List<vma_entry> mappings = new ArrayList<>();

  private RingPlace(LatePlan.User user, LatePlan plan) {
    this.user = user;
    this.plan = plan;
  }

  /** Adds the calls for the mappings of one ring. */
  static void plan(int id, LatePlan.User user, List<vma_entry> mappings, LatePlan plan) {
    RingPlace place = new RingPlace(user, plan);
    place.mappings.addAll(mappings);
    if (!mappings.isEmpty()) {
      plan.at(user, Step.MM, place::map);
    }
  }

  private void map(Program program) {
    StagePlace stage = plan.facts().get(StagePlace.class);
    List<long[]> fillers = gaps(stage);
    for (long[] filler : fillers) {
      finish(fill(program).arg(filler[0]).arg(filler[1] - filler[0]));
    }
    finish(fill(program).argStageEnd().argStageRest());
    for (vma_entry vma : mappings) {
      mapOne(program, vma);
    }
    Data rows = program.reserve(fillers.size() * Program.ROW_WORDS * Long.BYTES);
    for (int i = 0; i < fillers.size(); i++) {
      int at = i * Program.ROW_WORDS * Long.BYTES;
      rows.putLong(at, fillers.get(i)[0]);
      rows.putLong(at + Long.BYTES, fillers.get(i)[1] - fillers.get(i)[0]);
    }
    program.each(purpose() + "free addresses", "", Nr.SYS_munmap, rows);
    program.call(purpose() + "free addresses", Nr.SYS_munmap).argStageEnd().argStageRest();
  }

  private Op fill(Program program) {
    return program.call(purpose() + "fill addresses", Nr.SYS_mmap);
  }

  private static void finish(Op op) {
    op.arg(Mman.PROT_NONE)
        .arg(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE | Mman.MAP_FIXED_NOREPLACE)
        .arg(-1)
        .arg(0)
        .expectAnything();
  }

  private void mapOne(Program program, vma_entry vma) {
    long length = vma.getEnd() - vma.getStart();
    program.call(purpose() + "munmap", Nr.SYS_munmap).arg(vma.getStart()).arg(length);
    program
        .call(purpose() + "mmap", Nr.SYS_mmap)
        .arg(0)
        .arg(length)
        .arg(vma.getProt())
        .arg(Mman.MAP_SHARED)
        .arg(user.descriptor().getFd())
        .arg(vma.getPgoff())
        .expect(vma.getStart());
    for (int advice = 0; vma.getMadv() >>> advice != 0 && advice < Long.SIZE - 1; advice++) {
      if (((vma.getMadv() >>> advice) & 1) != 0) {
        program
            .call(purpose() + "madvise", Nr.SYS_madvise)
            .arg(vma.getStart())
            .arg(length)
            .arg(advice);
      }
    }
  }

  private String purpose() {
    return plan.purpose(user) + ": ";
  }

  /** Between the mappings of the task, cut where the restore itself may have something. */
  private List<long[]> gaps(StagePlace stage) {
    List<long[]> used = new ArrayList<>();
    for (mm_entry mm : plan.images().entries(ImageType.MM, user.task().pid(), mm_entry.parser())) {
      for (vma_entry vma : mm.getVmasList()) {
        used.add(new long[] {vma.getStart(), vma.getEnd()});
      }
    }
    for (long bound : stage.bounds()) {
      used.add(new long[] {bound, bound});
    }
    used.add(new long[] {stage.stage(), stage.end()});
    used.add(new long[] {HIGHEST, HIGHEST});
    used.sort((a, b) -> Long.compareUnsigned(a[0], b[0]));
    List<long[]> gaps = new ArrayList<>();
    long low = LOWEST;
    for (long[] range : used) {
      if (Long.compareUnsigned(range[0], HIGHEST) <= 0) {
        if (range[0] > low) {
          gaps.add(new long[] {low, range[0]});
        }
        low = Math.max(low, range[1]);
      }
    }
    return gaps;
  }
}
