// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Pipe.SPLICE_F_NONBLOCK;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.pipe_packets_entry;
import dev.torpor.image.proto.pipe_run;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What waits in a pipe or FIFO. Where packets are among it, an entry of files.img says so, which
 * makes CRIU refuse the images: it would write them as a stream.
 */
final class PipeData {
  /** A fact: what is a packet in each pipe that has any. */
  private static final class Packets {
    private final Map<Long, List<pipe_run>> runs = new HashMap<>();

    Packets(ImageStore images) {
      for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
        if (entry.getType() == fd_types.PIPE_PACKETS) {
          pipe_packets_entry packets = entry.getPipePackets();
          runs.put(key(packets.getPipeId(), packets.getFifo()), packets.getRunsList());
        }
      }
    }

    private static long key(int pipeId, boolean fifo) {
      return Integer.toUnsignedLong(pipeId) | (fifo ? 1L << Integer.SIZE : 0);
    }

    /** Of a pipe without packets, one for all. */
    List<pipe_run> of(int pipeId, ImageType type, int lengthBytes) {
      List<pipe_run> known = runs.get(key(pipeId, type == ImageType.FIFO_DATA));
      if (known == null) {
        return List.of(pipe_run.newBuilder().setBytes(lengthBytes).build());
      }
      long sum = 0;
      for (pipe_run run : known) {
        sum += Integer.toUnsignedLong(run.getBytes());
      }
      if (sum != lengthBytes) {
        throw new ImageException(
            ImageException.Problem.CONTRADICTION,
            type.fileName(),
            0,
            lengthBytes + " bytes in packets of pipe " + Integer.toUnsignedString(pipeId),
            sum + " bytes",
            "restore from another copy");
      }
      return known;
    }
  }

  private PipeData() {}

  /**
   * Captures it once per pipe, through an end that can read. What is in a pipe of which only the
   * writing end is in the tree is the reader's outside.
   *
   * @throws UnsupportedException if it would not go into the pipe again
   */
  static void capture(Descriptor descriptor, int pipeId, ImageType type, FileCapture capture) {
    if ((descriptor.flags() & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY) {
      return;
    }
    if (find(pipeId, type, capture.images()) != null) {
      return;
    }
    int sizeBytes = Fcntl.getPipeSize(descriptor.borrowed());
    PipeContent content = PipeContent.of(descriptor, sizeBytes);
    int count = content.bufferCount();
    if (count > sizeBytes / PipeContent.BUFFER_BYTES) {
      throw new UnsupportedException(
          descriptor.subject(),
          "what was spliced into it takes "
              + count
              + " pages when it is written, and the pipe has room for "
              + sizeBytes / PipeContent.BUFFER_BYTES
              + "; let the program read it");
    }
    pipe_data_entry entry =
        pipe_data_entry
            .newBuilder()
            .setPipeId(pipeId)
            .setBytes(content.bytes().length)
            .setSize(sizeBytes)
            .build();
    capture.images().add(type, entry, content.bytes());
    if (content.hasPackets()) {
      capture.images().add(ImageType.FILES, packets(capture.newId(), pipeId, type, content));
    }
  }

  private static file_entry packets(int id, int pipeId, ImageType type, PipeContent content) {
    pipe_packets_entry.Builder packets =
        pipe_packets_entry.newBuilder().setId(id).setPipeId(pipeId).addAllRuns(content.runs());
    if (type == ImageType.FIFO_DATA) {
      packets.setFifo(true);
    }
    return file_entry
        .newBuilder()
        .setType(fd_types.PIPE_PACKETS)
        .setId(id)
        .setPipePackets(packets)
        .build();
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
    if (data.payload().length > 0) {
      Packets packets = plan.fact(Packets.class, () -> new Packets(plan.images()));
      write(entry, plan, writer, data, packets.of(pipeId, type, data.payload().length));
    }
  }

  private static void write(
      file_entry entry,
      OpenPlan plan,
      UnaryOperator<Op> writer,
      WithPayload<pipe_data_entry> data,
      List<pipe_run> runs) {
    Data payload = plan.program().bytes(data.payload());
    int at = 0;
    for (int i = 0; i < runs.size(); i++) {
      pipe_run run = runs.get(i);
      Data content = payload.from(at);
      if (run.getPacket()) {
        setPacketMode(entry, plan, writer, Fcntl.O_DIRECT);
        write(entry, plan, writer, content, run.getBytes());
        setPacketMode(entry, plan, writer, 0);
      } else if (i == runs.size() - 1) {
        write(entry, plan, writer, content, run.getBytes());
      } else {
        writeApart(entry, plan, writer, content, run.getBytes(), data.entry().getSize());
      }
      at += run.getBytes();
    }
  }

  private static void write(
      file_entry entry, OpenPlan plan, UnaryOperator<Op> writer, Data content, int lengthBytes) {
    writer
        .apply(plan.call(entry, "write what waited in it", Nr.SYS_write))
        .arg(content)
        .arg(lengthBytes)
        .expect(lengthBytes);
  }

  private static void setPacketMode(
      file_entry entry, OpenPlan plan, UnaryOperator<Op> writer, int flags) {
    Op set = writer.apply(plan.call(entry, "fcntl F_SETFL", Nr.SYS_fcntl));
    set.arg(Fcntl.F_SETFL).arg(flags);
  }

  /**
   * Writes a stream in such a way that the packet behind it is not added to its last buffer, as
   * pipe_write of the kernel does where there is room: tee(2) copies buffers as full ones.
   */
  private static void writeApart(
      file_entry entry,
      OpenPlan plan,
      UnaryOperator<Op> writer,
      Data content,
      int lengthBytes,
      int sizeBytes) {
    // The kernel leaves two ints; the rest is room for what is read beyond the second.
    Data ends = plan.program().reserve(16);
    plan.call(entry, "pipe2", Nr.SYS_pipe2).arg(ends).arg(0);
    Data from = ends.from(4);
    plan.call(entry, "fcntl F_SETPIPE_SZ", Nr.SYS_fcntl)
        .argContent(from)
        .arg(Fcntl.F_SETPIPE_SZ)
        .arg(sizeBytes);
    write(entry, plan, call -> call.argContent(from), content, lengthBytes);
    writer
        .apply(plan.call(entry, "tee", Nr.SYS_tee).argContent(ends))
        .arg(lengthBytes)
        .arg(SPLICE_F_NONBLOCK)
        .expect(lengthBytes);
    plan.call(entry, "close", Nr.SYS_close).argContent(ends);
    plan.call(entry, "close", Nr.SYS_close).argContent(from);
  }
}
