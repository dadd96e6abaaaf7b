// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.memory.Areas.Area;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Returns a task's address space, in a task that has nothing mapped but the stage and the kernel's
 * own areas, which wait beside it.
 *
 * <p>Order: what children are to share with it stands before they are born. Later the kernel's
 * areas move, mappings are made writable where content is to come, content is read straight from
 * the image to its place, then protections and advice.
 */
public final class AddressSpacePlan {
  private static final int ADVICE_BITS = 63;

  private final ThreadPlan plan;
  private final AddressSpace space;
  private final SharedAreas shared;
  private final KernelAreas kernelAreas;
  private final Map<Long, ServiceFd> files = new HashMap<>();
  private final ServiceFd executable;
  private final PrivatePages pages;
  private final List<AioRing> rings;
  private final Inheritance inheritance;

  /**
   * Prepares the plan of one task.
   *
   * @param files opens what is mapped
   * @param shared the shared anonymous areas of the tree
   * @param kernelAreas where vdso and vvar wait
   * @param pages contents of the private mappings
   * @param rings of io_setup(2), in the order of their numbers
   */
  AddressSpacePlan(
      ThreadPlan plan,
      AddressSpace space,
      FilesPlanner files,
      SharedAreas shared,
      KernelAreas kernelAreas,
      PrivatePages pages,
      List<AioRing> rings) {
    this.plan = plan;
    this.rings = rings;
    this.space = space;
    this.shared = shared;
    this.kernelAreas = kernelAreas;
    this.pages = pages;
    this.inheritance = pages.inheritance();
    for (Area mapping : space.special()) {
      Vma vma = mapping.like();
      int id = mapping.room().file(vma);
      if (id != 0) {
        int flags = isShared(vma) ? vma.fdflags() : Fcntl.O_RDONLY;
        this.files.put(
            vma.start(),
            inheritance.handed().covers(mapping)
                ? files.openForMappingOfChildren(plan.pid(), id, flags)
                : files.openForMapping(plan.pid(), id, flags));
      }
    }
    executable = files.openForMapping(plan.pid(), space.mm().getExeFileId(), Fcntl.O_RDONLY);
  }

  /** Puts the calls into the task's plan. */
  void plan() {
    plan.needs(new MappingLimit(plan.subject(), space, this::needsWrite));
    if (inheritance.handed().size() > 0) {
      plan.at(Step.INHERIT, this::mapHanded);
      plan.at(Step.INHERIT, pages::fillHanded);
    }
    plan.at(Step.MAP, this::map);
    for (AioRing ring : rings) {
      ring.check(plan);
      plan.at(Step.MAP, program -> ring.plan(program, plan.pid(), executable));
    }
    plan.at(Step.FILL, pages::fillRest);
    plan.at(Step.PROTECT, this::protect);
    plan.at(Step.MM, this::describe);
    plan.at(Step.MM, this::seal);
  }

  private void mapHanded(Program program) {
    unmapBetween(program, inheritance.born(), inheritance.kept());
    for (Area area : inheritance.handed().areas()) {
      inheritance
          .kept()
          .between(
              area.start(),
              area.end(),
              (start, end, none) ->
                  area.room()
                      .map(
                          mapping(program, area)
                              .part(start, end)
                              .with(Mman.PROT_READ | Mman.PROT_WRITE)));
    }
  }

  private void map(Program program) {
    if (inheritance.handed().size() > 0) {
      unmapBetween(program, inheritance.handed(), space);
    } else {
      unmapBetween(program, inheritance.born(), inheritance.kept());
    }
    kernelAreas.move(space, plan.subject(), program);
    MappingRun runs = new MappingRun(space, inheritance::stands);
    for (int next = 0; next < space.size(); ) {
      int end = runs.end(next);
      if (end > next) {
        runs.map(program, next, end, this::needsWrite);
        next = end;
      } else {
        mapOne(program, space.mappings().get(next++));
      }
    }
  }

  private void mapOne(Program program, Area area) {
    if (!inheritance.stands(area)) {
      int moreProtection = needsWrite(area) ? Mman.PROT_WRITE : 0;
      area.room().map(mapping(program, area).with(moreProtection));
    }
  }

  private void unmapBetween(Program program, Areas areas, Spans kept) {
    for (Area area : areas.areas()) {
      kept.between(
          area.start(),
          area.end(),
          (start, end, none) ->
              program
                  .call("unmapping what " + plan.subject() + " has not", Nr.SYS_munmap)
                  .arg(start)
                  .arg(end - start));
    }
  }

  private MappingPlan mapping(Program program, Area area) {
    return new MappingPlan(program, space, area, shared, files.get(area.like().start()));
  }

  private boolean needsWrite(Area area) {
    return (area.like().prot() & Mman.PROT_WRITE) == 0
        && area.isWrittenTo()
        && pages.index().touches(area.start(), area.end());
  }

  private void protect(Program program) {
    for (Area area : space.mappings()) {
      Vma vma = area.like();
      if (area.room().isOfKernel()) {
        continue;
      }
      if (needsWrite(area) || inheritance.stands(area)) {
        onRange(program, "protecting ", Nr.SYS_mprotect, vma).arg(vma.prot());
      }
      for (int advice = 0; advice < ADVICE_BITS && vma.madv() >>> advice != 0; advice++) {
        if ((vma.madv() >>> advice & 1) != 0) {
          onRange(program, "advising on ", Nr.SYS_madvise, vma).arg(advice);
        }
      }
    }
    for (Vma guard : space.guards()) {
      onRange(program, "guarding ", Nr.SYS_madvise, guard).arg(Mman.MADV_GUARD_INSTALL);
    }
    lock(program);
  }

  /** Behind the guard regions, which cannot be made in what is locked. */
  private void lock(Program program) {
    for (Area area : space.mappings()) {
      Vma vma = area.like();
      if ((vma.flags() & Mman.MAP_LOCKED) != 0) {
        boolean onFault = space.isLockedOnFault(vma);
        // Without access nothing is brought in, which it is locked in spite of.
        boolean isReachable = vma.prot() != Mman.PROT_NONE;
        Op lock =
            onRange(program, "locking ", Nr.SYS_mlock2, vma)
                .arg(onFault || (isReachable && !isWhole(area)) ? Mman.MLOCK_ONFAULT : 0);
        if (!isReachable) {
          lock.expectAnything();
        }
      }
    }
  }

  /** mseal(2), since Linux 6.10: nothing about these is changed any more. */
  private void seal(Program program) {
    for (long start : space.mm().getSealedList()) {
      onRange(program, "sealing ", Nr.SYS_mseal, space.mapping(start)).arg(0);
    }
  }

  /**
   * Whether all pages are there to be locked. If not, to lock them would bring in more than the
   * task had, or fail where it has no access to them (mlockall(2) passes over those).
   */
  private boolean isWhole(Area area) {
    Vma vma = area.like();
    boolean isAnonymous = area.hasOwnPages() && area.file() == 0;
    return isAnonymous
        ? pages.index().coversAll(vma.start(), vma.end())
        : (vma.prot() & Mman.PROT_READ) != 0 && !space.isGuarded(vma);
  }

  private Op onRange(Program program, String verb, int nr, Vma vma) {
    return program
        .call(verb + space.subject(vma), nr)
        .arg(vma.start())
        .arg(vma.end() - vma.start());
  }

  /**
   * prctl(PR_SET_MM, PR_SET_MM_MAP), since Linux 3.18; needs no capability in its own namespace.
   */
  private void describe(Program program) {
    mm_entry mm = space.mm();
    Data auxv = program.reserve(Math.max(8, mm.getMmSavedAuxvCount() * Long.BYTES));
    for (int i = 0; i < mm.getMmSavedAuxvCount(); i++) {
      auxv.putLong(i * Long.BYTES, mm.getMmSavedAuxv(i));
    }
    Data map = program.reserve(Prctl.MmMap.SIZEOF);
    map.putLong(Prctl.MmMap.start_code, mm.getMmStartCode())
        .putLong(Prctl.MmMap.end_code, mm.getMmEndCode())
        .putLong(Prctl.MmMap.start_data, mm.getMmStartData())
        .putLong(Prctl.MmMap.end_data, mm.getMmEndData())
        .putLong(Prctl.MmMap.start_brk, mm.getMmStartBrk())
        .putLong(Prctl.MmMap.brk, mm.getMmBrk())
        .putLong(Prctl.MmMap.start_stack, mm.getMmStartStack())
        .putLong(Prctl.MmMap.arg_start, mm.getMmArgStart())
        .putLong(Prctl.MmMap.arg_end, mm.getMmArgEnd())
        .putLong(Prctl.MmMap.env_start, mm.getMmEnvStart())
        .putLong(Prctl.MmMap.env_end, mm.getMmEnvEnd())
        .putPointer(Prctl.MmMap.auxv, auxv)
        .putInt(Prctl.MmMap.auxv_size, mm.getMmSavedAuxvCount() * Long.BYTES)
        .putInt(Prctl.MmMap.exe_fd, executable.number());
    program
        .call("describing the address space of " + plan.subject(), Nr.SYS_prctl)
        .arg(Prctl.PR_SET_MM)
        .arg(Prctl.PR_SET_MM_MAP)
        .arg(map)
        .arg(Prctl.MmMap.SIZEOF)
        .arg(0);
  }

  private static boolean isShared(Vma vma) {
    return (vma.flags() & Mman.MAP_SHARED) != 0;
  }
}
