// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.proc.Mapping;
import java.util.ArrayList;
import java.util.List;

/**
 * The vdso and the vvar pages it reads, which the kernel gave to the launcher. They wait beside the
 * stage and are moved (never copied) to where the restored task had its own; the kernel notes the
 * vdso's new place (arch/x86/entry/vdso/vma.c).
 */
public final class KernelAreas {
  /** One mapping of them. */
  private record Part(long source, long parked, long lengthBytes, boolean vdso) {}

  private final List<Part> parts = new ArrayList<>();
  private final byte[] vdsoContent;

  /**
   * Finds them.
   *
   * @param launcher mappings of the process that the stubs are forked from
   * @param vdsoContent content of its vdso, for comparison
   * @param parkingPlace first address of a range of {@link #lengthBytes} bytes that nothing else
   *     uses
   */
  public KernelAreas(List<Mapping> launcher, byte[] vdsoContent, long parkingPlace) {
    this.vdsoContent = vdsoContent.clone();
    long at = parkingPlace;
    for (Mapping mapping : launcher) {
      if (isKernelArea(mapping)) {
        parts.add(
            new Part(mapping.start(), at, mapping.lengthBytes(), mapping.name().equals("[vdso]")));
        at += mapping.lengthBytes();
      }
    }
  }

  /** How much room they take beside the stage. */
  public static long lengthBytes(List<Mapping> launcher) {
    long sum = 0;
    for (Mapping mapping : launcher) {
      sum += isKernelArea(mapping) ? mapping.lengthBytes() : 0;
    }
    return sum;
  }

  /** How many mappings they are. */
  static int count(List<Mapping> launcher) {
    int count = 0;
    for (Mapping mapping : launcher) {
      count += isKernelArea(mapping) ? 1 : 0;
    }
    return count;
  }

  private static boolean isKernelArea(Mapping mapping) {
    return mapping.name().startsWith("[vvar") || mapping.name().equals("[vdso]");
  }

  /** Root task: moves them from where the launcher had them to where they wait. */
  public void park(Program program) {
    for (Part part : parts) {
      program
          .call("moving the kernel's vdso out of the way", Nr.SYS_mremap)
          .arg(part.source)
          .arg(part.lengthBytes)
          .arg(part.lengthBytes)
          .arg(Mman.MREMAP_MAYMOVE | Mman.MREMAP_FIXED)
          .arg(part.parked)
          .expect(part.parked);
    }
  }

  /**
   * Each task: moves them to their place in the task, or drops them if it had none.
   *
   * @throws UnsupportedException if the task's vdso is another kernel's
   */
  void move(AddressSpace space, String subject, Program program) {
    Vma vdso = null;
    Vma vvar = null;
    for (Areas.Area area : space.special()) {
      Vma vma = area.like();
      vdso = (vma.status() & VmaStatus.VDSO) != 0 ? vma : vdso;
      vvar = (vma.status() & VmaStatus.VVAR) != 0 ? vma : vvar;
    }
    if (vdso == null || vvar == null) {
      drop(subject, program);
      return;
    }
    long length = 0;
    for (Part part : parts) {
      length += part.vdso ? 0 : part.lengthBytes;
    }
    if (length != vvar.end() - vvar.start() || vdsoContent.length != vdso.end() - vdso.start()) {
      throw differs(subject);
    }
    long vvarAt = vvar.start();
    for (Part part : parts) {
      long target = part.vdso ? vdso.start() : vvarAt;
      vvarAt += part.vdso ? 0 : part.lengthBytes;
      program
          .call("moving the kernel's vdso to its place in " + subject, Nr.SYS_mremap)
          .arg(part.parked)
          .arg(part.lengthBytes)
          .arg(part.lengthBytes)
          .arg(Mman.MREMAP_MAYMOVE | Mman.MREMAP_FIXED)
          .arg(target)
          .expect(target);
    }
  }

  private void drop(String subject, Program program) {
    for (Part part : parts) {
      program
          .call("dropping the kernel's vdso, which " + subject + " had not", Nr.SYS_munmap)
          .arg(part.parked)
          .arg(part.lengthBytes);
    }
  }

  /** Whether a vdso from an image is the one of this kernel. */
  void compare(byte[] imageContent, String subject) {
    if (!java.util.Arrays.equals(imageContent, vdsoContent)) {
      throw differs(subject);
    }
  }

  private static UnsupportedException differs(String subject) {
    return new UnsupportedException(
        subject, "its vdso is another kernel's; restore it on the kernel that it was dumped on");
  }
}
