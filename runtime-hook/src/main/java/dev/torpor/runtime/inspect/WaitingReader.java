// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.runtime.crit.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads what waits in pipes, sockets and terminals. */
final class WaitingReader {
  private final ImageStore images;
  private final Checkpoint checkpoint;
  private final List<Report.Waiting> waiting = new ArrayList<>();

  WaitingReader(ImageStore images, Checkpoint checkpoint) {
    this.images = images;
    this.checkpoint = checkpoint;
  }

  List<Report.Waiting> read() {
    pipes(ImageType.PIPES_DATA, "pipe");
    pipes(ImageType.FIFO_DATA, "fifo");
    for (WithPayload<sk_packet_entry> packet :
        images.withPayload(
            ImageType.SK_QUEUES, sk_packet_entry.parser(), sk_packet_entry::getLength)) {
      file_entry socket = checkpoint.file(packet.entry().getIdFor());
      add(
          checkpoint.describe(
              socket == null ? fd_types.UND : socket.getType(), packet.entry().getIdFor()),
          packet.payload());
    }
    for (long inode : images.ids(ImageType.TCP_STREAM)) {
      tcp(inode);
    }
    for (tty_data_entry data : images.entries(ImageType.TTY_DATA, tty_data_entry.parser())) {
      add("terminal " + Checkpoint.number(data.getTtyId()), data.getData().toByteArray());
    }
    return waiting;
  }

  private void pipes(ImageType type, String kind) {
    for (WithPayload<pipe_data_entry> data :
        images.withPayload(type, pipe_data_entry.parser(), pipe_data_entry::getBytes)) {
      add(kind + '[' + Checkpoint.number(data.entry().getPipeId()) + ']', data.payload());
    }
  }

  private void tcp(long inode) {
    for (WithPayload<tcp_stream_entry> stream :
        images.withPayload(
            ImageType.TCP_STREAM,
            inode,
            tcp_stream_entry.parser(),
            entry -> entry.getInqLen() + entry.getOutqLen())) {
      int received = stream.entry().getInqLen();
      byte[] queues = stream.payload();
      add("TCP " + inode + ", received and not read", Arrays.copyOf(queues, received));
      add(
          "TCP " + inode + ", sent and not confirmed",
          Arrays.copyOfRange(queues, received, queues.length));
    }
  }

  private void add(String where, byte[] bytes) {
    if (bytes.length > 0) {
      waiting.add(new Report.Waiting(where, bytes.length, Shown.text(bytes), Shown.hex(bytes)));
    }
  }
}
