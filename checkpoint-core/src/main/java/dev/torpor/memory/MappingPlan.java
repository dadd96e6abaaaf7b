// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.ServiceFd;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;

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
    this.protection = entry().getProt();
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
  public vma_entry entry() {
    return area.like();
  }

  /** Descriptor of the file that the room has asked for; -1 if there is none. */
  public int file() {
    return file == null ? -1 : file.number();
  }

  /** Descriptor of the memory that it shares with others. */
  public int sharedArea() {
    return shared.descriptor(entry());
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
        .arg(fd < 0 ? 0 : entry().getPgoff() + start - entry().getStart())
        .expect(start);
  }

  /** What a message calls it. */
  @Override
  public String toString() {
    return space.subject(entry());
  }
}
