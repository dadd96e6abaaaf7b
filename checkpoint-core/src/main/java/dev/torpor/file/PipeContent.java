// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Pipe.SPLICE_F_NONBLOCK;

import dev.torpor.image.proto.pipe_run;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pipe;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * What waits in a pipe, and which of it are packets. Only a read tells a packet: it ends there, and
 * what it had no room for is lost. So a copy of the pipe is taken apart, one of its buffers after
 * the other: each goes into a pipe with room for two, where an octet of our own stands behind it. A
 * read gives both, unless the buffer is a packet.
 */
final class PipeContent {
  /** The room for one buffer, PAGE_SIZE; a packet is never longer. */
  static final int BUFFER_BYTES = 4096;

  private static final byte[] OCTET = new byte[1];

  private final byte[] bytes;
  private final List<pipe_run> runs = new ArrayList<>();

  private PipeContent(int lengthBytes) {
    bytes = new byte[lengthBytes];
  }

  /**
   * Copies it; tee(2) takes nothing out of the target's pipe.
   *
   * @param sizeBytes the pipe's capacity
   */
  static PipeContent of(Descriptor descriptor, int sizeBytes) {
    int[] copy = Unistd.pipe2(Fcntl.O_CLOEXEC);
    int[] single = Unistd.pipe2(Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
    try {
      Fcntl.setPipeSize(copy[1], sizeBytes);
      long got =
          Syscall.raw(
              Nr.SYS_tee, descriptor.borrowed(), copy[1], Integer.MAX_VALUE, SPLICE_F_NONBLOCK);
      if (got < 0 && got != -Errno.EAGAIN.number()) {
        throw ErrnoException.of(got, "tee", descriptor.subject());
      }
      PipeContent content = new PipeContent((int) Math.max(got, 0));
      content.readFrom(copy[0], single);
      return content;
    } finally {
      for (int i = 0; i < 2; i++) {
        Unistd.close(copy[i]);
        Unistd.close(single[i]);
      }
    }
  }

  private void readFrom(int copy, int[] single) {
    try (NativeMemory room = NativeMemory.allocate(bytes.length + OCTET.length);
        NativeMemory octet = NativeMemory.of(OCTET)) {
      int done = 0;
      while (done < bytes.length) {
        Fcntl.setPipeSize(single[1], BUFFER_BYTES);
        int length = (int) Pipe.splice(copy, single[1], bytes.length - done, SPLICE_F_NONBLOCK);
        Fcntl.setPipeSize(single[1], 2 * BUFFER_BYTES);
        Unistd.writeAll(single[1], octet);
        boolean packet = Unistd.read(single[0], room.address(), length + OCTET.length) == length;
        room.getBytes(0, bytes, done, length);
        if (packet) {
          Unistd.read(single[0], octet);
        }
        add(length, packet);
        done += length;
      }
    }
  }

  private void add(int lengthBytes, boolean packet) {
    int last = runs.size() - 1;
    if (packet) {
      runs.add(pipe_run.newBuilder().setBytes(lengthBytes).setPacket(true).build());
    } else if (last >= 0 && !runs.get(last).getPacket()) {
      int joined = runs.get(last).getBytes() + lengthBytes;
      runs.set(last, pipe_run.newBuilder().setBytes(joined).build());
    } else {
      runs.add(pipe_run.newBuilder().setBytes(lengthBytes).build());
    }
  }

  /** All of it. */
  byte[] bytes() {
    return bytes;
  }

  /** Packets and what lies between them, in their order. */
  List<pipe_run> runs() {
    return runs;
  }

  /** Whether there is any packet. */
  boolean hasPackets() {
    return runs.size() > 1 || (!runs.isEmpty() && runs.get(0).getPacket());
  }

  /** How many buffers of a pipe it takes when it is written anew. */
  int bufferCount() {
    int count = 0;
    for (pipe_run run : runs) {
      count += (run.getBytes() + BUFFER_BYTES - 1) / BUFFER_BYTES;
    }
    return count;
  }
}
