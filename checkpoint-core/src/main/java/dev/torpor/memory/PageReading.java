// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.linux.ProcessVm;
import java.util.Arrays;

/**
 * The part of a program that reads pages of an image to their places. Pieces that follow each other
 * in the file are read by one call, wherever they go.
 */
final class PageReading {
  /** How pages come to their places. */
  enum Manner {
    /** They are written. */
    WRITE,
    /** Those that are not the same there already are written. */
    COMPARE,
    /**
     * As COMPARE, where the task may not write: through /proc/self/mem. Memory that was writable
     * counts as committed ever after (VM_ACCOUNT), which a program's code never was.
     */
    PATCH
  }

  private final Program program;
  private final PageIndex index;
  private final String subject;
  private final Provisions provisions;
  private final PageOrigin origin;
  private Op file;
  private Op memory;
  private boolean hasRoom;

  /** Pairs of address and length. */
  private long[] batch = new long[16];

  private int used;
  private long offset;
  private long lengthBytes;
  private Manner manner = Manner.WRITE;

  PageReading(
      Program program, PageIndex index, PageOrigin origin, String subject, Provisions provisions) {
    this.program = program;
    this.index = index;
    this.subject = subject;
    this.provisions = provisions;
    this.origin = origin;
  }

  /**
   * Reads pages of one range of the index.
   *
   * @param to where the first one goes
   */
  void read(int range, long start, long end, long to, Manner how) {
    long at = index.offsetBytes(range, start);
    if (at != offset + lengthBytes || how != manner) {
      flush();
      offset = at;
      manner = how;
    }
    if (used > 0 && batch[used - 2] + batch[used - 1] == to) {
      batch[used - 1] += end - start;
    } else {
      if (used == batch.length) {
        batch = Arrays.copyOf(batch, 2 * used);
      }
      batch[used++] = to;
      batch[used++] = end - start;
    }
    lengthBytes += end - start;
  }

  private void flush() {
    if (used == 0) {
      return;
    }
    if (file == null) {
      file = origin.open(program, provisions);
    }
    if (manner != Manner.WRITE) {
      makeRoom();
    }
    if (manner == Manner.PATCH && memory == null) {
      memory =
          program
              .call("opening the memory of " + subject, Nr.SYS_openat)
              .arg(provisions.proc().number())
              .arg(program.string("self/mem"))
              .arg(Fcntl.O_RDWR | Fcntl.O_CLOEXEC);
    }
    Data iovecs = program.reserve(used / 2 * ProcessVm.Iovec.SIZEOF);
    iovecs.putLongs(batch, used);
    String purpose = "reading memory of " + subject + " from " + origin.name();
    long room = provisions.room();
    switch (manner) {
      case WRITE -> program.readFully(purpose, file, iovecs, used / 2, offset, lengthBytes);
      case COMPARE -> program.readDiffering(purpose, file, iovecs, offset, room, lengthBytes);
      case PATCH -> program.readDiffering(purpose, file, iovecs, offset, room, lengthBytes, memory);
    }
    used = 0;
    lengthBytes = 0;
  }

  private void makeRoom() {
    if (!hasRoom) {
      hasRoom = true;
      program
          .call("mapping room to compare memory of " + subject, Nr.SYS_mmap)
          .arg(provisions.room())
          .arg(Program.ROOM_BYTES)
          .arg(Mman.PROT_READ | Mman.PROT_WRITE)
          .arg(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED_NOREPLACE)
          .arg(-1)
          .arg(0)
          .expect(provisions.room());
    }
  }

  /** Reads what is left. */
  void close() {
    flush();
    if (file != null) {
      program.call("closing " + origin.name(), Nr.SYS_close).arg(file);
    }
    if (memory != null) {
      program.call("closing the memory of " + subject, Nr.SYS_close).arg(memory);
    }
    if (hasRoom) {
      program
          .call("unmapping room to compare memory of " + subject, Nr.SYS_munmap)
          .arg(provisions.room())
          .arg(Program.ROOM_BYTES);
    }
  }
}
