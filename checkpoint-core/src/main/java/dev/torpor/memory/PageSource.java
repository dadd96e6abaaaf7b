// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.ProcessVm.Iovec;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsRollup;
import java.util.ArrayList;
import java.util.List;

/**
 * Where page contents come from: a task's memory, or the file behind a shared mapping. Several
 * threads may read at a time.
 */
final class PageSource implements AutoCloseable {
  /** Larger pieces fall out of the processor's cache between the read and the write. */
  static final int PIECE_BYTES = 512 * 1024;

  private static final int MAX_RANGES = PIECE_BYTES / PAGE_SIZE;

  private final int pid;
  private final int fd;
  private final boolean mayPin;

  private PageSource(int pid, int fd, boolean mayPin) {
    this.pid = pid;
    this.fd = fd;
    this.mayPin = mayPin;
  }

  /** Room for the pages of a piece, and behind them for what tells the kernel where they are. */
  static NativeMemory room() {
    return NativeMemory.allocate(PIECE_BYTES + (1 + MAX_RANGES) * Iovec.SIZEOF);
  }

  static PageSource ofTask(ProcFs proc, int pid, boolean mayBeShared) {
    boolean mayPin =
        !mayBeShared || !SmapsRollup.read(proc.path(pid, "smaps_rollup")).sharesAnonymousPages();
    return ofTaskKnown(proc, pid, !mayPin);
  }

  /** Of a task of which it is known, or not worth a look, whether it shares pages. */
  static PageSource ofTaskKnown(ProcFs proc, int pid, boolean shares) {
    int fd = Fcntl.open(proc.path(pid, "mem"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    return new PageSource(pid, fd, !shares);
  }

  static PageSource ofFile(String path) {
    return new PageSource(0, Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), false);
  }

  /** The parts of the file that are no holes, in whole pages. */
  List<PageRange> data() {
    List<PageRange> ranges = new ArrayList<>();
    long at = 0;
    while (true) {
      long start;
      try {
        start = Unistd.lseek(fd, at, Unistd.SEEK_DATA);
      } catch (ErrnoException e) {
        if (e.is(Errno.ENXIO)) {
          return ranges;
        }
        throw e;
      }
      at = Unistd.lseek(fd, start, Unistd.SEEK_HOLE);
      long pageCount = (at - start + PAGE_SIZE - 1) / PAGE_SIZE;
      ranges.add(new PageRange(start, pageCount, PageRange.PE_PRESENT, false));
    }
  }

  /**
   * Reads pages, one behind the other.
   *
   * @param piece at most {@link #PIECE_BYTES} in all
   * @param room as {@link #room} makes it
   * @return how many bytes they are
   */
  int read(List<PageRange> piece, NativeMemory room) {
    int filled = 0;
    int next = 0;
    while (next < piece.size()) {
      int first = next++;
      if (isReadable(piece.get(first))) {
        while (next < piece.size() && isReadable(piece.get(next))) {
          next++;
        }
        filled += gather(piece.subList(first, next), room, filled);
      } else {
        filled += readFile(piece.get(first), room, filled);
      }
    }
    return filled;
  }

  /**
   * process_vm_readv is twice as fast as /proc/PID/mem, but bound to the task's own rights. And it
   * pins pages, of which a task first gets a copy where it shares them since a fork
   * (gup_must_unshare in mm/internal.h, since Linux 5.19): it would go on with more memory.
   */
  private boolean isReadable(PageRange range) {
    return mayPin && range.readable();
  }

  private int gather(List<PageRange> ranges, NativeMemory room, int filled) {
    int iovec = PIECE_BYTES;
    int length = 0;
    for (PageRange range : ranges) {
      iovec += Iovec.SIZEOF;
      room.putLong(iovec + Iovec.iov_base, range.start());
      room.putLong(iovec + Iovec.iov_len, range.lengthBytes());
      length += (int) range.lengthBytes();
    }
    room.putLong(PIECE_BYTES + Iovec.iov_base, room.slice(filled, length).address());
    room.putLong(PIECE_BYTES + Iovec.iov_len, length);
    long local = room.address(PIECE_BYTES);
    check(
        ProcessVm.readv(pid, local, 1, local + Iovec.SIZEOF, ranges.size()), length, ranges.get(0));
    return length;
  }

  private int readFile(PageRange range, NativeMemory room, int filled) {
    int length = (int) range.lengthBytes();
    long got = Unistd.pread(fd, room.slice(filled, length).address(), length, range.start());
    if (pid == 0 && got > 0 && length - got < PAGE_SIZE) {
      // The file ends within its last page.
      room.zero(filled + (int) got, length - (int) got);
    } else {
      check(got, length, range);
    }
    return length;
  }

  private static void check(long got, int length, PageRange first) {
    if (got != length) {
      throw new IllegalStateException(
          "read " + got + " of " + length + " bytes at 0x" + Long.toHexString(first.start()));
    }
  }

  @Override
  public void close() {
    Unistd.close(fd);
  }
}
