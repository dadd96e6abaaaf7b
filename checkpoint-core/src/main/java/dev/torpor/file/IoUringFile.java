// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.io_uring_entry;
import dev.torpor.inject.Data;
import dev.torpor.linux.IoUring;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import java.util.List;

/**
 * A ring of io_uring(7) in which nothing is under way, with its memory: what is to be taken from it
 * and was not handed in yet, and completions that nobody has looked at.
 *
 * <p>CRIU carries none, and refuses images with one for the kind of the file. Only {@link
 * RingContext} tells whether a ring is idle and how it was made.
 */
public final class IoUringFile implements FileRoom {
  /** All others change who does the work, or where its memory is. */
  private static final int CARRIED =
      IoUring.IORING_SETUP_CQSIZE
          | IoUring.IORING_SETUP_CLAMP
          | IoUring.IORING_SETUP_SUBMIT_ALL
          | IoUring.IORING_SETUP_COOP_TASKRUN
          | IoUring.IORING_SETUP_TASKRUN_FLAG
          | IoUring.IORING_SETUP_SQE128
          | IoUring.IORING_SETUP_CQE32
          | IoUring.IORING_SETUP_NO_SQARRAY;

  /** Bit of the status of mappings; Torpor's own, as CRIU has none for them. */
  public static final int MAPPED_AS = 1 << 20;

  static final String WAY_OUT = "; let the program do without (Node.js: UV_USE_IO_URING=0)";

  @Override
  public fd_types type() {
    return fd_types.IO_URING;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[io_uring]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    capture.state(KnownRings.class, KnownRings::new).add(descriptor, id);
    io_uring_entry.Builder entry =
        io_uring_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor));
    try (RingContext ring = RingContext.of(descriptor)) {
      refuse(descriptor, ring);
      entry
          .setSetupFlags((int) ring.number("flags"))
          .setSqEntries((int) ring.number("sq_entries"))
          .setCqEntries((int) ring.number("cq_entries"));
      if (Rehearsal.of(capture.context())) {
        // What is under way now may be over when the tree stands.
        entry.setSqHead(0).setCqTail(0).setRings(ByteString.EMPTY).setSqes(ByteString.EMPTY);
      } else {
        refuseBusy(descriptor, ring);
        content(descriptor.borrowed(), ring, entry);
      }
    }
    RingLayout layout = RingLayout.of(entry.getSqEntries(), entry.getCqEntries(), setup(entry));
    entry.setLayout(layout.bytes());
    if (!entry.getRings().isEmpty() && layout.sqFlags(entry.getRings()) != 0) {
      throw new UnsupportedException(
          descriptor.subject(), "the kernel waits for the program to call it; try again");
    }
    return file_entry.newBuilder().setType(fd_types.IO_URING).setId(id).setIoUring(entry).build();
  }

  private static void refuse(Descriptor descriptor, RingContext ring) {
    int others = (int) ring.number("flags") & ~CARRIED;
    if (others != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "an io_uring with " + RingFlags.names(others) + " is not carried yet" + WAY_OUT);
    }
    String foreign = ring.foreign();
    if (foreign != null) {
      throw new UnsupportedException(
          descriptor.subject(), "an io_uring with " + foreign + " is not carried yet" + WAY_OUT);
    }
  }

  private static void refuseBusy(Descriptor descriptor, RingContext ring) {
    long inFlight = ring.inFlight();
    if (inFlight != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "operations are under way in its io_uring ("
              + inFlight
              + "); try again, or let the"
              + " program wait for them");
    }
  }

  private static void content(int fd, RingContext ring, io_uring_entry.Builder entry) {
    entry
        .setSqHead((int) ring.number("cached_sq_head"))
        .setCqTail((int) ring.number("cached_cq_tail"))
        .setRings(memory(fd, IoUring.IORING_OFF_SQ_RING, ring.bytes("ring_region")))
        .setSqes(memory(fd, IoUring.IORING_OFF_SQES, ring.bytes("sq_region")));
  }

  private static ByteString memory(int fd, long offset, long lengthBytes) {
    int length = Math.toIntExact(lengthBytes);
    long address = Mman.mmap(0, length, Mman.PROT_READ, Mman.MAP_SHARED, fd, offset);
    try {
      return ByteString.copyFrom(NativeMemory.ofAddress(address, length).getBytes(0, length));
    } finally {
      Mman.munmap(address, length);
    }
  }

  /** As the kernel is to be asked for the very same again. */
  private static int setup(io_uring_entry.Builder entry) {
    return (entry.getSetupFlags() & ~IoUring.IORING_SETUP_CLAMP) | IoUring.IORING_SETUP_CQSIZE;
  }

  @Override
  public int knownAs(Descriptor descriptor, FileCapture capture) {
    return capture.state(KnownRings.class, KnownRings::new).id(descriptor);
  }

  @Override
  public int mappedAs() {
    return MAPPED_AS;
  }

  @Override
  public file_entry captureMapped(Descriptor descriptor, int id, int flags, FileCapture capture) {
    throw new UnsupportedException(
        descriptor.subject(),
        "an io_uring that no descriptor of the tree leads to is not carried yet" + WAY_OUT);
  }

  @Override
  public String describe(file_entry entry) {
    io_uring_entry ring = entry.getIoUring();
    return "io_uring of " + ring.getSqEntries() + " and " + ring.getCqEntries() + " entries";
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getIoUring().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getIoUring().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    io_uring_entry ring = entry.getIoUring();
    Data params =
        plan.program()
            .reserve(IoUring.Params.SIZEOF)
            .putInt(IoUring.Params.cq_entries, ring.getCqEntries())
            .putInt(IoUring.Params.flags, setup(ring.toBuilder()));
    int fd =
        plan.place(
            entry,
            plan.call(entry, "io_uring_setup", Nr.SYS_io_uring_setup)
                .arg(ring.getSqEntries())
                .arg(params));
    plan.setFlags(entry, fd, ring.getFlags());
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    new RingPlan(entry.getIoUring(), plan).plan(setup(entry.getIoUring().toBuilder()));
  }
}
