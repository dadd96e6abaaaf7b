// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.image.proto.criu_resp;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Behaves like the client part of runc 1.1 (criuSwrk in libcontainer/container_linux.go): one
 * request, every NOTIFY acknowledged, until an answer of another type.
 */
final class RuncClient implements AutoCloseable {
  /** runc's buffer; it takes a full one for an error. */
  private static final int BUFFER_BYTES = 10 * 4096;

  private final int clientFd;
  private final int serverFd;
  private final UnixChannel channel;

  /** Scripts it was told of, with the pid when there was one. */
  final List<String> notified = new ArrayList<>();

  /** Answers this script with a failure. */
  String failAt = "";

  /** Agrees to this script and is gone then. */
  String leaveAt = "";

  RuncClient() {
    int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET | Socket.SOCK_CLOEXEC, 0);
    clientFd = pair[0];
    serverFd = pair[1];
    channel = new UnixChannel(clientFd);
  }

  int serverFd() {
    return serverFd;
  }

  void send(byte[] packet) {
    channel.send(packet);
  }

  void send(criu_req request) {
    send(request.toByteArray());
  }

  /** No more requests will come. */
  void hangUp() {
    Socket.shutdown(clientFd, Socket.SHUT_WR);
  }

  /** The next answer, null when the server is gone. */
  criu_resp receive() throws InvalidProtocolBufferException {
    ReceivedMessage message = channel.receive(BUFFER_BYTES);
    return message.data().length == 0 ? null : criu_resp.parseFrom(message.data());
  }

  /** Sends a request and goes through the notifications to the last answer. */
  criu_resp call(criu_req request) throws InvalidProtocolBufferException {
    send(request);
    while (true) {
      criu_resp answer = receive();
      if (answer == null || answer.getType() != criu_req_type.NOTIFY) {
        return answer;
      }
      if (!answer.getSuccess()) {
        throw new IllegalStateException("criu failed: type NOTIFY errno " + answer.getCrErrno());
      }
      String script = answer.getNotify().getScript();
      notified.add(
          answer.getNotify().hasPid() ? script + ' ' + answer.getNotify().getPid() : script);
      boolean leaves = script.equals(leaveAt);
      if (leaves) {
        // Before it agrees: what it hears afterwards is decided then.
        Socket.shutdown(clientFd, Socket.SHUT_RD);
      }
      send(
          criu_req
              .newBuilder()
              .setType(criu_req_type.NOTIFY)
              .setNotifySuccess(!script.equals(failAt))
              .build());
      if (leaves) {
        return null;
      }
    }
  }

  @Override
  public void close() {
    Unistd.close(clientFd);
    Unistd.close(serverFd);
  }
}
