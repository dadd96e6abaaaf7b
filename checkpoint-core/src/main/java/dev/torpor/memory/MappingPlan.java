// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.ServiceFd;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import java.util.ArrayList;
import java.util.List;

/** A mapping that is about to be made in a restored task, as its room sees it. */
public final class MappingPlan {
  private final Program program;
  private final AddressSpace space;
  private final Areas.Area area;
  private final SharedAreas shared;
  private final ServiceFd file;
  private long start;
  private long end;
  private int protection;

  /**
   * All of a mapping, with its own protection.
   *
   * @param space names it in messages
   * @param shared memory that tasks share
   * @param file what {@link MappingRoom#file} is opened at; null if there is none
   */
  MappingPlan(
      Program program, AddressSpace space, Areas.Area area, SharedAreas shared, ServiceFd file) {
    this.program = program;
    this.space = space;
    this.area = area;
    this.shared = shared;
    this.file = file;
    this.start = area.start();
    this.end = area.end();
    this.protection = entry().prot();
  }

  /** Only a part of it. */
  MappingPlan part(long from, long to) {
    start = from;
    end = to;
    return this;
  }

  /** With more protection bits for now. */
  MappingPlan with(int moreProtection) {
    protection |= moreProtection;
    return this;
  }

  /** The entry of mm-PID.img. */
  public Vma entry() {
    return area.like();
  }

  /** Descriptor of the file that the room has asked for; -1 if there is none. */
  public int file() {
    return file == null ? -1 : file.number();
  }

  /** Descriptor of the memory that it shares with others. */
  public int sharedArea() {
    return shared.descriptor(area);
  }

  /**
   * Appends the mmap(2) of its range; locking comes later.
   *
   * @param flags MAP_*
   * @param fd what is mapped, -1 for nothing
   */
  public void mmap(int flags, int fd) {
    program
        .call("mapping ", this, Nr.SYS_mmap)
        .arg(start)
        .arg(end - start)
        .arg(protection)
        .arg((flags & ~Mman.MAP_LOCKED) | Mman.MAP_FIXED)
        .arg(fd)
        .arg(fd < 0 ? 0 : entry().pgoff() + start - entry().start())
        .expect(start);
  }

  /**
   * Appends the shmat(2) of a segment, once for all mappings that are parts of one attachment. A
   * call attaches all of a segment, and of parts from several calls shmdt(2) would detach one only;
   * so it is attached elsewhere, and the parts go to their places from there.
   */
  public void attach() {
    List<Vma> parts = parts();
    if (parts.get(0).start() != entry().start()) {
      return;
    }
    long place = shared.attachPlace();
    boolean writable = (entry().fdflags() & Fcntl.O_ACCMODE) == Fcntl.O_RDWR;
    call("attaching ", Nr.SYS_shmat)
        .arg(entry().shmid())
        .arg(place)
        .arg(writable ? 0 : SysvIpc.SHM_RDONLY)
        .expect(place);
    for (Vma part : parts) {
      long lengthBytes = part.end() - part.start();
      call("moving ", Nr.SYS_mremap)
          .arg(place + part.pgoff())
          .arg(lengthBytes)
          .arg(lengthBytes)
          .arg(Mman.MREMAP_MAYMOVE | Mman.MREMAP_FIXED)
          .arg(part.start())
          .expect(part.start());
      call("protecting ", Nr.SYS_mprotect).arg(part.start()).arg(lengthBytes).arg(part.prot());
    }
    call("detaching the rest of ", Nr.SYS_munmap).arg(place).arg(shared.longestBytes());
  }

  /** Mappings of the same segment, at the addresses that one attachment gives them. */
  private List<Vma> parts() {
    List<Vma> parts = new ArrayList<>();
    for (Areas.Area other : space.mappings()) {
      Vma vma = other.like();
      if (vma.status() == entry().status()
          && vma.shmid() == entry().shmid()
          && vma.start() - vma.pgoff() == entry().start() - entry().pgoff()
          && vma.fdflags() == entry().fdflags()) {
        parts.add(vma);
      }
    }
    return parts;
  }

  private Op call(String verb, int nr) {
    return program.call(verb, this, nr);
  }

  /** What a message calls it. */
  @Override
  public String toString() {
    return space.subject(entry());
  }
}
