// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.core.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.pipe_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Stat;

/** One end of a pipe, pipe(7). Both ends have the same inode number, which is the pipe's id. */
final class Pipe implements FileRoom {
  @Override
  public fd_types type() {
    return fd_types.PIPE;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.stat().is(Stat.S_IFIFO) && descriptor.link().startsWith("pipe:[");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    if ((descriptor.flags() & Fcntl.O_DIRECT) != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a pipe in packet mode (O_DIRECT) is not carried; open the pipe without O_DIRECT");
    }
    int pipeId = (int) descriptor.stat().ino();
    PipeData.capture(descriptor, pipeId, capture.captured().pipeData());
    return file_entry
        .newBuilder()
        .setType(fd_types.PIPE)
        .setId(id)
        .setPipe(
            pipe_entry
                .newBuilder()
                .setId(id)
                .setPipeId(pipeId)
                .setFlags(descriptor.flags())
                .setFown(capture.owner(descriptor)))
        .build();
  }
}
