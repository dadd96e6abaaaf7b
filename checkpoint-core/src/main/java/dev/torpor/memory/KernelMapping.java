// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.memory.VmaStatus.ANON_PRIVATE;
import static dev.torpor.memory.VmaStatus.REGULAR;
import static dev.torpor.memory.VmaStatus.VDSO;
import static dev.torpor.memory.VmaStatus.VSYSCALL;
import static dev.torpor.memory.VmaStatus.VVAR;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;

/** What the kernel maps by itself: vdso, vvar, vsyscall. {@link KernelAreas} returns them. */
public final class KernelMapping implements MappingRoom {
  private static final int KINDS = VDSO | VVAR | VSYSCALL;

  @Override
  public boolean recognises(Mapping mapping) {
    return status(mapping.name()) != 0;
  }

  private static int status(String name) {
    if (!name.startsWith("[v")) {
      return 0;
    }
    return switch (name) {
      case "[vdso]" -> REGULAR | VDSO;
      case "[vvar]", "[vvar_vclock]" -> REGULAR | VVAR;
      case "[vsyscall]" -> VSYSCALL;
      default -> 0;
    };
  }

  @Override
  public boolean recognises(Vma entry, ImageStore images) {
    int status = entry.status();
    return (status & KINDS) != 0 && (status & ~KINDS & ~REGULAR) == ANON_PRIVATE;
  }

  /** The parts of vvar, which Linux 6.13 split, are one entry as before. */
  @Override
  public boolean isContinued(Mapping mapping) {
    return mapping.name().equals("[vvar_vclock]");
  }

  @Override
  public void capture(int pid, Mapping mapping, MappedFiles files, vma_entry.Builder entry) {
    entry
        .setFlags(entry.getFlags() | Mman.MAP_ANONYMOUS)
        .setStatus(ANON_PRIVATE | status(mapping.name()));
  }

  @Override
  public boolean isOfKernel() {
    return true;
  }

  /** A restore compares the vdso with its own kernel's. */
  @Override
  public Pages pages(Vma entry) {
    return (entry.status() & VDSO) != 0 ? Pages.ALL : Pages.NONE;
  }

  /** It was moved there, with all of its kind. */
  @Override
  public void map(MappingPlan plan) {}
}
