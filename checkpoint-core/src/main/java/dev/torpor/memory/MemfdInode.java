// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Memfd.MFD_ALLOW_SEALING;
import static dev.torpor.linux.Memfd.MFD_EXEC;
import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ghost_xattr;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Time.Timespec;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;

/**
 * The return of the memory behind a memfd: content, owner, mode and seals.
 *
 * <p>The file that memfd_create(2) gives can be written to, yet the kernel does not count it among
 * those who have the memory open for writing: beside it, and beside none that was opened, a program
 * can be executed from the memory. So that one file, and not another like it, goes to the program.
 */
final class MemfdInode {
  static final long NANOS_PER_SECOND = 1_000_000_000;

  /** All that Linux 6.18 has. */
  private static final int SEALS =
      Fcntl.F_SEAL_SEAL
          | Fcntl.F_SEAL_SHRINK
          | Fcntl.F_SEAL_GROW
          | Fcntl.F_SEAL_WRITE
          | Fcntl.F_SEAL_FUTURE_WRITE
          | Fcntl.F_SEAL_EXEC;

  private final memfd_inode_entry entry;
  private final Provisions provisions;
  private final ServiceFd fd;
  private final PageImage pages;
  private boolean taken;

  /**
   * Of an entry of memfd.img.
   *
   * @param fd where all tasks will have the file that memfd_create(2) gives
   * @throws UnsupportedException for a state that cannot be returned
   */
  MemfdInode(memfd_inode_entry entry, ImageStore images, Provisions provisions, ServiceFd fd) {
    this.entry = entry;
    this.provisions = provisions;
    this.fd = fd;
    refuseUnknown(entry.getSeals(), subject());
    if (entry.getHugetlbFlag() != 0) {
      throw new UnsupportedException(
          subject(), "memfds of huge pages are not carried yet; restore with CRIU");
    }
    this.pages = pages(images);
  }

  static void refuseUnknown(int seals, String subject) {
    if ((seals & ~SEALS) != 0) {
      throw new UnsupportedException(
          subject, "its seals 0x" + Integer.toHexString(seals & ~SEALS) + " are not known");
    }
  }

  private PageImage pages(ImageStore images) {
    long id = Integer.toUnsignedLong(entry.getShmid());
    if (!images.has(ImageType.SHMEM_PAGEMAP, id)) {
      return null;
    }
    try {
      return PageImage.ofShared(images, id, subject());
    } catch (IOException e) {
      throw ImageException.unreadable(images.file(ImageType.SHMEM_PAGEMAP, id), e);
    }
  }

  String subject() {
    return "memfd " + entry.getName();
  }

  /** Puts the calls into the root task's plan. */
  void plan(ThreadPlan root) {
    root.at(Step.OPEN_SHARED, this::make);
    if (entry.hasAtimeNs() && entry.hasMtimeNs()) {
      // Nobody maps it, writes to it or seals it any more.
      root.at(Step.WATCH, this::setTimes);
    }
    if (isSealedLate()) {
      root.at(Step.CLOSE, this::seal);
    }
  }

  /**
   * F_SEAL_FUTURE_WRITE leaves what is mapped for writing as it is, so it waits until all tasks
   * have that again. All others are set at once: a memfd that is executed cannot be opened for it.
   */
  private boolean isSealedLate() {
    return (entry.getSeals() & (Fcntl.F_SEAL_FUTURE_WRITE | Fcntl.F_SEAL_WRITE))
        == Fcntl.F_SEAL_FUTURE_WRITE;
  }

  private void make(Program program) {
    byte[] name = entry.getNameBytes().toByteArray();
    boolean canBeSealed = entry.getSeals() != Fcntl.F_SEAL_SEAL;
    Op memory =
        call(program, "memfd_create", Nr.SYS_memfd_create)
            .arg(program.string(name))
            .arg(MFD_EXEC | (canBeSealed ? MFD_ALLOW_SEALING : 0));
    call(program, "keep", Nr.SYS_dup3)
        .arg(memory)
        .arg(fd.number())
        .arg(Fcntl.O_CLOEXEC)
        .expect(fd.number());
    call(program, "close", Nr.SYS_close).arg(memory);
    int made = fd.number();
    call(program, "ftruncate", Nr.SYS_ftruncate).arg(made).arg(entry.getSize());
    fill(program);
    call(program, "fchown", Nr.SYS_fchown).arg(made).arg(entry.getUid()).arg(entry.getGid());
    if (entry.hasMode()) {
      call(program, "fchmod", Nr.SYS_fchmod).arg(made).arg(entry.getMode() & ~Stat.S_IFMT);
    }
    setAttributes(program);
    if (canBeSealed && entry.getSeals() != 0 && !isSealedLate()) {
      seal(program);
    }
  }

  private void fill(Program program) {
    if (pages == null || pages.pageCount() == 0) {
      return;
    }
    long place = provisions.place();
    long lengthBytes = (entry.getSize() + PAGE_SIZE - 1) & -PAGE_SIZE;
    call(program, "mmap", Nr.SYS_mmap)
        .arg(place)
        .arg(lengthBytes)
        .arg(Mman.PROT_READ | Mman.PROT_WRITE)
        .arg(Mman.MAP_SHARED | Mman.MAP_FIXED_NOREPLACE)
        .arg(fd.number())
        .arg(0)
        .expect(place);
    pages.readAll(program, provisions, place);
    call(program, "munmap", Nr.SYS_munmap).arg(place).arg(lengthBytes);
  }

  private void setAttributes(Program program) {
    for (ghost_xattr attribute : entry.getXattrsList()) {
      byte[] value = attribute.getValue().toByteArray();
      byte[] name = attribute.getName().toByteArray();
      call(program, "fsetxattr " + KernelString.decode(name), Nr.SYS_fsetxattr)
          .arg(fd.number())
          .arg(program.string(name))
          .arg(program.bytes(value.length == 0 ? new byte[1] : value))
          .arg(value.length)
          .arg(0);
    }
  }

  private void setTimes(Program program) {
    Data times =
        program
            .reserve(2 * Timespec.SIZEOF)
            .putLong(Timespec.tv_sec, Math.floorDiv(entry.getAtimeNs(), NANOS_PER_SECOND))
            .putLong(Timespec.tv_nsec, Math.floorMod(entry.getAtimeNs(), NANOS_PER_SECOND))
            .putLong(
                Timespec.SIZEOF + Timespec.tv_sec,
                Math.floorDiv(entry.getMtimeNs(), NANOS_PER_SECOND))
            .putLong(
                Timespec.SIZEOF + Timespec.tv_nsec,
                Math.floorMod(entry.getMtimeNs(), NANOS_PER_SECOND));
    call(program, "utimensat", Nr.SYS_utimensat).arg(fd.number()).arg(0).arg(times).arg(0);
  }

  private void seal(Program program) {
    call(program, "fcntl F_ADD_SEALS", Nr.SYS_fcntl)
        .arg(fd.number())
        .arg(Fcntl.F_ADD_SEALS)
        .arg(entry.getSeals());
  }

  private Op call(Program program, String operation, int nr) {
    return program.call("restoring " + subject() + ": " + operation, nr);
  }

  /** The file of memfd_create(2), for as many mappings as there are. */
  int original() {
    return fd.number();
  }

  /** Takes that file for an open file of the program; false if another has it already. */
  boolean take() {
    boolean free = !taken;
    taken = true;
    return free;
  }

  /** Gives an openat(2) its arguments: a new open file of the same memory. */
  Op open(Op openat, Program program, int flags) {
    return openat
        .arg(provisions.proc().number())
        .arg(program.string("self/fd/" + fd.number()))
        .arg(flags & ~Fcntl.FASYNC)
        .arg(0);
  }
}
