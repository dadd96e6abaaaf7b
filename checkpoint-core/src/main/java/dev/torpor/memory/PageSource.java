// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Where page contents come from: a task's memory, or the file behind a shared mapping. */
final class PageSource implements AutoCloseable {
  /** Larger chunks fall out of the processor's cache between the read and the write. */
  private static final int CHUNK_BYTES = 512 * 1024;

  private final int pid;
  private final int fd;
  private final NativeMemory chunk;
  private final ByteBuffer buffer;
  private int filled;
  private long position;

  private PageSource(int pid, int fd, NativeMemory chunk) {
    this.pid = pid;
    this.fd = fd;
    this.chunk = chunk;
    this.buffer = chunk.buffer();
  }

  /** Room that sources use one after another. */
  static NativeMemory chunk() {
    return NativeMemory.allocate(CHUNK_BYTES);
  }

  static PageSource ofTask(ProcFs proc, int pid, NativeMemory chunk) {
    int fd = Fcntl.open(proc.path(pid, "mem"), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    return new PageSource(pid, fd, chunk);
  }

  static PageSource ofFile(String path, NativeMemory chunk) {
    return new PageSource(0, Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0), chunk);
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

  /** The same memory for a second thread, with room of its own; closed with this one. */
  PageSource again(NativeMemory otherChunk) {
    return new PageSource(pid, fd, otherChunk);
  }

  /** Writes the pages of all ranges to {@code target}, one after another from an offset on. */
  void copy(List<PageRange> ranges, PageSink.Target target, long offsetBytes) throws IOException {
    position = offsetBytes;
    for (PageRange range : ranges) {
      long at = range.start();
      long left = range.lengthBytes();
      while (left > 0) {
        int length = (int) Math.min(left, CHUNK_BYTES - filled);
        read(range, at, length);
        filled += length;
        at += length;
        left -= length;
        if (filled == CHUNK_BYTES) {
          flush(target);
        }
      }
    }
    flush(target);
  }

  /** process_vm_readv is twice as fast as /proc/PID/mem, but bound to the task's own rights. */
  private void read(PageRange range, long at, int length) {
    NativeMemory place = chunk.slice(filled, length);
    long got =
        pid != 0 && range.readable()
            ? ProcessVm.read(pid, at, place, length)
            : Unistd.pread(fd, place.address(), length, at);
    if (pid == 0 && got > 0 && length - got < PAGE_SIZE) {
      // The file ends within its last page.
      chunk.zero(filled + (int) got, length - (int) got);
    } else if (got != length) {
      throw new IllegalStateException(
          "read " + got + " of " + length + " bytes at 0x" + Long.toHexString(at));
    }
  }

  private void flush(PageSink.Target target) throws IOException {
    buffer.limit(filled).position(0);
    target.write(buffer, position);
    position += filled;
    filled = 0;
  }

  @Override
  public void close() {
    Unistd.close(fd);
  }
}
