// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.aio_ring_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Aio;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm.Iovec;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.PerCpu;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The return of a ring of io_setup(2). The kernel makes it where it wants to, and it is moved. The
 * kernel keeps to itself where the next completion goes, and how many it may take before somebody
 * takes them; both get there by as many operations that do nothing, of which those are taken that
 * had been taken. Then come the completions themselves, and where the program looks for them.
 *
 * <p>Its memory begins with struct aio_ring of fs/aio.c. The number in it is the kernel's.
 */
final class AioRing {
  private static final int NR = 4;
  private static final int HEAD = 8;
  private static final int TAIL = 12;
  private static final int MAGIC = 16;
  private static final int EVENTS = 32;
  private static final int MAGIC_VALUE = 0xa10a10a1;

  /** As many operations at a time, if the ring has room for four times as many. */
  private static final int MOST_AT_ONCE = 512;

  private final String subject;
  private final aio_ring_entry entry;
  private final byte[] content;
  private final int size;
  private final int head;
  private final int tail;

  /**
   * Takes one apart.
   *
   * @param content of its memory
   * @throws ImageException if that is no ring
   */
  AioRing(String task, aio_ring_entry entry, byte[] content) {
    this.subject = "AIO ring " + Long.toHexString(entry.getId()) + " of " + task;
    this.entry = entry;
    this.content = content;
    int most = (entry.getRingLen() - EVENTS) / Aio.IoEvent.SIZEOF;
    if (content.length != entry.getRingLen() || content.length < EVENTS) {
      throw ImageException.contradiction(subject, "the images do not have all of its pages");
    }
    ByteBuffer words = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    size = words.getInt(NR);
    head = words.getInt(HEAD);
    tail = words.getInt(TAIL);
    if (words.getInt(MAGIC) != MAGIC_VALUE || size != most || !isPlace(head) || !isPlace(tail)) {
      throw ImageException.contradiction(subject, "its pages hold no ring");
    }
  }

  private boolean isPlace(int number) {
    return number >= 0 && number < size;
  }

  /** The kernel's number: rings get theirs again in this order. */
  int number() {
    return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
  }

  private int waiting() {
    return (tail - head + size) % size;
  }

  /** Notes what it takes. */
  void check(ThreadPlan plan) {
    if (waiting() > (size - 1) / 2) {
      // The kernel keeps up to a half of the room for other processors.
      throw new UnsupportedException(
          subject,
          waiting()
              + " completions wait in it, and a new one may take no more than "
              + (size - 1) / 2
              + "; let the program take some (io_getevents) before the dump");
    }
    plan.needs(this::verify);
  }

  /** The kernel makes a ring larger if there are many processors. */
  private void verify(Machine machine) {
    int cpus = PerCpu.count();
    long events = 2L * Math.max(entry.getNrReq(), 4 * cpus) + 2;
    long bytes = EVENTS + events * Aio.IoEvent.SIZEOF;
    if ((bytes + Mman.PAGE_SIZE - 1) / Mman.PAGE_SIZE * Mman.PAGE_SIZE != entry.getRingLen()) {
      throw new UnsupportedException(
          subject,
          "on this machine, which may have "
              + cpus
              + " processors, it would have another size than "
              + entry.getRingLen()
              + " bytes; restore on one with fewer");
    }
  }

  /**
   * Makes it, where something else has kept its place.
   *
   * @param file any that can be read
   */
  void plan(Program program, int pid, ServiceFd file) {
    make(program);
    if (tail != 0 || head != 0) {
      Data iocb = program.reserve(Aio.Iocb.SIZEOF);
      iocb.putLong(Aio.Iocb.aio_lio_opcode, Aio.IOCB_CMD_PREAD)
          .putInt(Aio.Iocb.aio_fildes, file.number());
      int batch = Math.max(1, Math.min(MOST_AT_ONCE, size / 4));
      Data pointers = program.reserve(batch * Long.BYTES);
      for (int i = 0; i < batch; i++) {
        pointers.putPointer(i * Long.BYTES, iocb);
      }
      Data events = program.reserve(batch * Aio.IoEvent.SIZEOF);
      for (int left = head; left > 0; left -= batch) {
        submit(program, pointers, Math.min(left, batch));
        take(program, events, Math.min(left, batch));
      }
      for (int left = waiting(); left > 0; left -= batch) {
        submit(program, pointers, Math.min(left, batch));
      }
      write(program, pid, HEAD, TAIL + Integer.BYTES - HEAD);
      write(program, pid, EVENTS, content.length - EVENTS);
    }
  }

  private void make(Program program) {
    Data ring = program.reserve(Long.BYTES);
    program
        .call(subject + ": io_setup", Nr.SYS_io_setup)
        .arg(entry.getNrReq())
        .arg(ring)
        .otherwise("io_setup: there may be too many; raise fs.aio-max-nr");
    program
        .call(subject + ": mremap", Nr.SYS_mremap)
        .argContent(ring)
        .arg(entry.getRingLen())
        .arg(entry.getRingLen())
        .arg(Mman.MREMAP_MAYMOVE | Mman.MREMAP_FIXED)
        .arg(entry.getId())
        .expect(entry.getId());
  }

  private void submit(Program program, Data pointers, int count) {
    program
        .call(subject + ": io_submit", Nr.SYS_io_submit)
        .arg(entry.getId())
        .arg(count)
        .arg(pointers)
        .expect(count);
  }

  private void take(Program program, Data events, int count) {
    program
        .call(subject + ": io_getevents", Nr.SYS_io_getevents)
        .arg(entry.getId())
        .arg(count)
        .arg(count)
        .arg(events)
        .arg(0)
        .expect(count);
  }

  private void write(Program program, int pid, int at, int lengthBytes) {
    byte[] part = new byte[lengthBytes];
    System.arraycopy(content, at, part, 0, lengthBytes);
    Data to = program.reserve(Iovec.SIZEOF);
    to.putLong(0, entry.getId() + at).putLong(Iovec.iov_len, lengthBytes);
    Data from = program.reserve(Iovec.SIZEOF);
    from.putPointer(0, program.bytes(part)).putLong(Iovec.iov_len, lengthBytes);
    program
        .call(subject + ": write its memory", Nr.SYS_process_vm_readv)
        .arg(pid)
        .arg(to)
        .arg(1)
        .arg(from)
        .arg(1)
        .arg(0)
        .expect(lengthBytes);
  }

  /**
   * As the kernel is to be asked for a ring of so many bytes: twice as many operations, two more,
   * and what fits.
   */
  private static aio_ring_entry entry(long start, long lengthBytes) {
    int events = (int) ((lengthBytes - EVENTS) / Aio.IoEvent.SIZEOF);
    return aio_ring_entry
        .newBuilder()
        .setId(start)
        .setNrReq((events - 2) / 2)
        .setRingLen((int) lengthBytes)
        .build();
  }

  /** Adds the entries of those among mappings. */
  static void note(mm_entry.Builder mm) {
    for (int i = 0; i < mm.getVmasCount(); i++) {
      if (mm.getVmas(i).getStatus() == VmaStatus.AIO_RING) {
        mm.addAios(
            entry(mm.getVmas(i).getStart(), mm.getVmas(i).getEnd() - mm.getVmas(i).getStart()));
      }
    }
  }
}
