// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.plan.Step;
import dev.torpor.tcp.ConnectionCalls;
import dev.torpor.tcp.SocketBuffers;
import dev.torpor.tcp.TcpConnection;
import dev.torpor.tcp.TcpStates;
import java.util.List;

/**
 * Plans that a socket has its connection again. It stays in repair mode until the network is
 * unlocked.
 */
final class TcpReturn {
  private TcpReturn() {}

  /** Of a socket that is open at {@code fd}, and has its options but for the sizes of buffers. */
  static ConnectionCalls calls(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    WithPayload<tcp_stream_entry> image = image(socket, plan);
    sk_opts_entry options = socket.getOpts();
    TcpConnection connection =
        TcpConnection.of(
            TcpCapture.of(socket),
            socket.getState(),
            new SocketBuffers(options.getSoSndbuf(), options.getSoRcvbuf(), options.getSoBufLock()),
            image.entry(),
            image.payload());
    String purpose = plan.purpose(entry);
    ConnectionCalls calls =
        new ConnectionCalls(
            connection, plan.program(), purpose, fd, ConnectionCalls.MOST_CHUNK_BYTES);
    if (calls.wantsPeerPacket() && !options.getSoBoundDev().isEmpty()) {
      throw new UnsupportedException(
          purpose,
          TcpStates.name(socket.getState())
              + " of a socket that is bound to a device is not carried");
    }
    return calls;
  }

  private static WithPayload<tcp_stream_entry> image(inet_sk_entry socket, OpenPlan plan) {
    long id = Integer.toUnsignedLong(socket.getIno());
    List<WithPayload<tcp_stream_entry>> found =
        plan.images()
            .withPayload(
                ImageType.TCP_STREAM,
                id,
                tcp_stream_entry.parser(),
                one -> Math.addExact(one.getInqLen(), one.getOutqLen()));
    if (found.isEmpty()) {
      throw ImageException.missing(
          plan.images().file(ImageType.TCP_STREAM, id), ImageType.TCP_STREAM);
    }
    return found.get(0);
  }

  /** Plans that the connection works again, when the network is unlocked. */
  static void release(file_entry entry, LatePlan plan) {
    LatePlan.User user = plan.users().get(0);
    int fd = user.descriptor().getFd();
    boolean reuse = entry.getIsk().getOpts().getReuseaddr();
    plan.at(
        user,
        Step.CONNECT,
        program -> ConnectionCalls.release(program, plan.purpose(user), fd, reuse));
  }
}
