// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Pipe.SPLICE_F_NONBLOCK;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.util.function.UnaryOperator;

/** What waits in a pipe or FIFO. */
final class PipeData {
  /** SPLICE_F_NONBLOCK, linux/splice.h. */
  private PipeData() {}

  /**
   * Captures it once per pipe, through an end that can read. What is in a pipe of which only the
   * writing end is in the tree is the reader's outside.
   */
  static void capture(Descriptor descriptor, int pipeId, ImageType type, CapturedImages images) {
    if ((descriptor.flags() & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY) {
      return;
    }
    if (find(pipeId, type, images) != null) {
      return;
    }
    int sizeBytes = Fcntl.getPipeSize(descriptor.borrowed());
    byte[] waiting = copy(descriptor, sizeBytes);
    pipe_data_entry entry =
        pipe_data_entry
            .newBuilder()
            .setPipeId(pipeId)
            .setBytes(waiting.length)
            .setSize(sizeBytes)
            .build();
    images.add(type, entry, waiting);
  }

  private static WithPayload<pipe_data_entry> find(int pipeId, ImageType type, ImageStore images) {
    for (WithPayload<pipe_data_entry> data :
        images.withPayload(type, pipe_data_entry.parser(), pipe_data_entry::getBytes)) {
      if (data.entry().getPipeId() == pipeId) {
        return data;
      }
    }
    return null;
  }

  /** tee(2) takes nothing out of the target's pipe. */
  private static byte[] copy(Descriptor descriptor, int sizeBytes) {
    int[] own = Unistd.pipe2(Fcntl.O_CLOEXEC);
    try {
      Fcntl.setPipeSize(own[1], sizeBytes);
      long got =
          Syscall.raw(Nr.SYS_tee, descriptor.borrowed(), own[1], sizeBytes, SPLICE_F_NONBLOCK);
      if (got == -Errno.EAGAIN.number()) {
        return new byte[0];
      }
      if (got < 0) {
        throw ErrnoException.of(got, "tee", descriptor.subject());
      }
      return read(own[0], (int) got);
    } finally {
      Unistd.close(own[0]);
      Unistd.close(own[1]);
    }
  }

  private static byte[] read(int fd, int lengthBytes) {
    byte[] all = new byte[lengthBytes];
    try (NativeMemory buffer = NativeMemory.allocate(Math.max(lengthBytes, 1))) {
      int done = 0;
      while (done < lengthBytes) {
        int got = Unistd.read(fd, buffer.address(), lengthBytes - done);
        buffer.getBytes(0, all, done, got);
        done += got;
      }
    }
    return all;
  }

  /**
   * Plans size and content.
   *
   * @param writer appends the descriptor of a writing end to a call
   * @param type the kind of image that holds it
   */
  static void plan(
      file_entry entry, OpenPlan plan, UnaryOperator<Op> writer, ImageType type, int pipeId) {
    WithPayload<pipe_data_entry> data = find(pipeId, type, plan.images());
    if (data == null) {
      return;
    }
    if (data.entry().hasSize()) {
      writer
          .apply(plan.call(entry, "fcntl F_SETPIPE_SZ", Nr.SYS_fcntl))
          .arg(Fcntl.F_SETPIPE_SZ)
          .arg(data.entry().getSize());
    }
    int lengthBytes = data.payload().length;
    if (lengthBytes > 0) {
      writer
          .apply(plan.call(entry, "write what waited in it", Nr.SYS_write))
          .arg(plan.program().bytes(data.payload()))
          .arg(lengthBytes)
          .expect(lengthBytes);
    }
  }
}
