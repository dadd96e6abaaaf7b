// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Returns a task's address space, in a task that has nothing mapped but the stage and the kernel's
 * own areas, which wait beside it.
 *
 * <p>Order: the kernel's areas move first, mappings are made writable where content is to come,
 * content is read straight from the image to its place, then protections and advice.
 */
public final class AddressSpacePlan {
  private static final int ADVICE_BITS = 63;

  private final ThreadPlan plan;
  private final mm_entry mm;
  private final PageImage pages;
  private final KernelAreas kernelAreas;
  private final Map<Integer, ServiceFd> files = new HashMap<>();
  private final ServiceFd executable;

  /**
   * Prepares the plan of one task.
   *
   * @param files opens what is mapped
   * @param pages the task's pagemap
   * @param kernelAreas where vdso and vvar wait
   */
  public AddressSpacePlan(
      ThreadPlan plan, mm_entry mm, FilesPlanner files, PageImage pages, KernelAreas kernelAreas) {
    this.plan = plan;
    this.mm = mm;
    this.pages = pages;
    this.kernelAreas = kernelAreas;
    for (int i = 0; i < mm.getVmasCount(); i++) {
      vma_entry vma = mm.getVmas(i);
      check(vma);
      if (isFile(vma)) {
        int flags = isShared(vma) ? vma.getFdflags() : Fcntl.O_RDONLY;
        this.files.put(i, files.openForMapping(plan.pid(), (int) vma.getShmid(), flags));
      }
    }
    executable = files.openForMapping(plan.pid(), mm.getExeFileId(), Fcntl.O_RDONLY);
  }

  private void check(vma_entry vma) {
    int unknown = vma.getStatus() & ~VmaStatus.CARRIED;
    if (unknown != 0) {
      throw new UnsupportedException(
          subject(vma),
          "mappings of this kind (status 0x" + Integer.toHexString(unknown) + ") are not carried");
    }
    int knownFlags =
        Mman.MAP_SHARED
            | Mman.MAP_PRIVATE
            | Mman.MAP_ANONYMOUS
            | Mman.MAP_GROWSDOWN
            | Mman.MAP_LOCKED
            | Mman.MAP_NORESERVE;
    int flags = vma.getFlags() & ~knownFlags;
    if (flags != 0) {
      throw new UnsupportedException(
          subject(vma), "mapping flags 0x" + Integer.toHexString(flags) + " are not carried");
    }
  }

  private String subject(vma_entry vma) {
    return "mapping "
        + Long.toHexString(vma.getStart())
        + "-"
        + Long.toHexString(vma.getEnd())
        + " of "
        + plan.subject();
  }

  /** Puts the calls into the task's plan. */
  public void plan() {
    plan.at(Step.MAP, this::map);
    plan.at(Step.FILL, pages::fill);
    plan.at(Step.PROTECT, this::protect);
    plan.at(Step.MM, this::describe);
  }

  private void map(Program program) {
    kernelAreas.move(mm, plan.subject(), program);
    for (int i = 0; i < mm.getVmasCount(); i++) {
      vma_entry vma = mm.getVmas(i);
      if (isKernelArea(vma)) {
        continue;
      }
      if (pages.isShared(vma)) {
        pages.mapShared(vma, subject(vma), program);
        continue;
      }
      long fd = isFile(vma) ? files.get(i).number() : -1;
      program
          .call("mapping " + subject(vma), Nr.SYS_mmap)
          .arg(vma.getStart())
          .arg(vma.getEnd() - vma.getStart())
          .arg(vma.getProt() | (needsWrite(vma) ? Mman.PROT_WRITE : 0))
          .arg((vma.getFlags() & ~Mman.MAP_LOCKED) | Mman.MAP_FIXED)
          .arg(fd)
          .arg(vma.getPgoff())
          .expect(vma.getStart());
    }
  }

  private boolean needsWrite(vma_entry vma) {
    return (vma.getProt() & Mman.PROT_WRITE) == 0
        && !isShared(vma)
        && pages.hasContent(vma.getStart(), vma.getEnd());
  }

  private void protect(Program program) {
    for (vma_entry vma : mm.getVmasList()) {
      if (isKernelArea(vma)) {
        continue;
      }
      if (needsWrite(vma)) {
        onRange(program, "protecting ", Nr.SYS_mprotect, vma).arg(vma.getProt());
      }
      for (int advice = 0; advice < ADVICE_BITS && vma.getMadv() >>> advice != 0; advice++) {
        if ((vma.getMadv() >>> advice & 1) != 0) {
          onRange(program, "advising on ", Nr.SYS_madvise, vma).arg(advice);
        }
      }
      if ((vma.getFlags() & Mman.MAP_LOCKED) != 0) {
        onRange(program, "locking ", Nr.SYS_mlock, vma);
      }
    }
  }

  private dev.torpor.inject.Op onRange(Program program, String verb, int nr, vma_entry vma) {
    return program
        .call(verb + subject(vma), nr)
        .arg(vma.getStart())
        .arg(vma.getEnd() - vma.getStart());
  }

  /**
   * prctl(PR_SET_MM, PR_SET_MM_MAP), since Linux 3.18; needs no capability in its own namespace.
   */
  private void describe(Program program) {
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

  private static boolean isKernelArea(vma_entry vma) {
    return (vma.getStatus() & (VmaStatus.VDSO | VmaStatus.VVAR | VmaStatus.VSYSCALL)) != 0;
  }

  private static boolean isFile(vma_entry vma) {
    return (vma.getStatus() & (VmaStatus.FILE_PRIVATE | VmaStatus.FILE_SHARED)) != 0
        && !VmaStatus.isSharedAnonymous(vma);
  }

  private static boolean isShared(vma_entry vma) {
    return (vma.getFlags() & Mman.MAP_SHARED) != 0;
  }

  /** The mappings of all tasks, so that the stage can keep clear of them. */
  public static List<long[]> ranges(Iterable<mm_entry> spaces) {
    List<long[]> ranges = new ArrayList<>();
    for (mm_entry mm : spaces) {
      for (vma_entry vma : mm.getVmasList()) {
        ranges.add(new long[] {vma.getStart(), vma.getEnd()});
      }
    }
    return ranges;
  }
}
