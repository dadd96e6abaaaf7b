// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.io_uring_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.IoUring;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm.Iovec;
import dev.torpor.plan.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Returns the memory of a ring, in the tasks that have mapped it.
 *
 * <p>The kernel counts operations and completions since the ring was made, and so does the program;
 * both take the rest of a division for a place. Nobody can set the kernel's numbers, so that many
 * operations that do nothing are handed in: a new ring is full of them, since IORING_OP_NOP is 0.
 * Then the memory is as it was.
 */
final class RingPlan {
  /** Some seconds. */
  private static final long MOST_OPERATIONS = 1 << 26;

  /** Times that the kernel is called for them, as many at a time as there is room for. */
  private static final long MOST_CALLS = 1 << 20;

  private static final int IOVECS = 2;

  private final io_uring_entry ring;
  private final LatePlan plan;
  private final RingLayout layout;

  RingPlan(io_uring_entry ring, LatePlan plan) {
    this.ring = ring;
    this.plan = plan;
    this.layout = RingLayout.of(ring);
  }

  /**
   * Adds the calls.
   *
   * @throws UnsupportedException for a ring whose numbers cannot be reached
   */
  void plan(int setupFlags) {
    Set<Integer> tasks = new HashSet<>();
    boolean isFilled = false;
    for (LatePlan.User user : plan.users()) {
      if (!tasks.add(user.task().pid())) {
        continue;
      }
      List<vma_entry> mappings = mappings(user);
      RingPlace.plan(ring.getId(), user, mappings, plan);
      long rings = address(mappings, IoUring.IORING_OFF_SQ_RING, ring.getRings());
      long sqes = address(mappings, IoUring.IORING_OFF_SQES, ring.getSqes());
      if (!isFilled && rings != 0 && sqes != 0) {
        isFilled = true;
        String subject = plan.purpose(user);
        requireReachable(subject);
        user.task().plan().needs(machine -> layout.verify(subject, ring, setupFlags));
        plan.at(user, Step.MM, program -> fill(program, user, rings, sqes));
      }
    }
    if (!isFilled && !plan.users().isEmpty()) {
      throw new UnsupportedException(
          plan.purpose(plan.users().get(0)),
          "no task has mapped both parts of its memory as a whole, readable and writable");
    }
  }

  private List<vma_entry> mappings(LatePlan.User user) {
    List<vma_entry> mappings = new ArrayList<>();
    for (mm_entry mm : plan.images().entries(ImageType.MM, user.task().pid(), mm_entry.parser())) {
      for (vma_entry vma : mm.getVmasList()) {
        if (vma.getShmid() == ring.getId() && (vma.getStatus() & IoUringFile.MAPPED_AS) != 0) {
          mappings.add(vma);
        }
      }
    }
    return mappings;
  }

  private static long address(List<vma_entry> mappings, long offset, ByteString content) {
    int needed = Mman.PROT_READ | Mman.PROT_WRITE;
    for (vma_entry vma : mappings) {
      if (vma.getPgoff() == offset
          && vma.getEnd() - vma.getStart() >= content.size()
          && (vma.getProt() & needed) == needed) {
        return vma.getStart();
      }
    }
    return 0;
  }

  private void requireReachable(String subject) {
    long operations = Integer.toUnsignedLong(ring.getSqHead());
    long completions = Integer.toUnsignedLong(ring.getCqTail());
    if (completions > operations) {
      throw new UnsupportedException(
          subject,
          "it has had more completions ("
              + completions
              + ") than operations ("
              + operations
              + "), which cannot be made again");
    }
    if (operations > MOST_OPERATIONS || operations / ring.getSqEntries() > MOST_CALLS) {
      throw new UnsupportedException(
          subject,
          "it has had "
              + operations
              + " operations, and a ring gets there only by as many; let the program make it anew"
              + " before the dump, or do without");
    }
  }

  private void fill(Program program, LatePlan.User user, long rings, long sqes) {
    int silent = ring.getSqHead() - ring.getCqTail();
    handIn(program, user, rings, ring.getCqTail());
    if (silent != 0) {
      byte[] skipping = new byte[ring.getSqes().size()];
      for (int at = 0; at < skipping.length; at += IoUring.Sqe.SIZEOF) {
        skipping[at + IoUring.Sqe.flags] = IoUring.IOSQE_CQE_SKIP_SUCCESS;
      }
      write(program, user, sqes, program.bytes(skipping));
      handIn(program, user, rings, ring.getSqHead());
    }
    write(program, user, rings, program.bytes(ring.getRings().toByteArray()));
    write(program, user, sqes, program.bytes(ring.getSqes().toByteArray()));
  }

  /** Until the kernel has taken so many. It takes no more at a time than there is room for. */
  private void handIn(Program program, LatePlan.User user, long rings, int count) {
    if (count == 0) {
      return;
    }
    String purpose = plan.purpose(user) + ": ";
    write(program, user, rings + layout.sqTail(), program.reserve(4).putInt(0, count));
    Op enter =
        program
            .call(purpose + "io_uring_enter", Nr.SYS_io_uring_enter)
            .arg(user.descriptor().getFd())
            .arg(ring.getSqEntries())
            .arg(0)
            .arg(0)
            .arg(0)
            .arg(0);
    Data taken = program.reserve(8);
    Data to = program.reserve(IOVECS * Iovec.SIZEOF);
    Data from = program.reserve(IOVECS * Iovec.SIZEOF);
    to.putLong(0, rings + layout.cqHead()).putLong(Iovec.iov_len, 4);
    from.putLong(0, rings + layout.cqTail()).putLong(Iovec.iov_len, 4);
    to.putPointer(Iovec.SIZEOF, taken).putLong(Iovec.SIZEOF + Iovec.iov_len, 4);
    from.putLong(Iovec.SIZEOF, rings + layout.sqHead());
    from.putLong(Iovec.SIZEOF + Iovec.iov_len, 4);
    copy(program, user, "take completions", to, from, IOVECS, 8);
    program.repeat(purpose + "count operations", enter, taken, count);
  }

  private void write(Program program, LatePlan.User user, long address, Data content) {
    Data to = program.reserve(Iovec.SIZEOF);
    to.putLong(0, address).putLong(Iovec.iov_len, content.lengthBytes());
    Data from = program.reserve(Iovec.SIZEOF);
    from.putPointer(0, content).putLong(Iovec.iov_len, content.lengthBytes());
    copy(program, user, "write its memory", to, from, 1, content.lengthBytes());
  }

  /** Within the task: process_vm_readv of oneself. */
  private void copy(
      Program program,
      LatePlan.User user,
      String what,
      Data to,
      Data from,
      int count,
      long lengthBytes) {
    program
        .call(plan.purpose(user) + ": " + what, Nr.SYS_process_vm_readv)
        .arg(user.task().pid())
        .arg(to)
        .arg(count)
        .arg(from)
        .arg(count)
        .arg(0)
        .expect(lengthBytes);
  }
}
