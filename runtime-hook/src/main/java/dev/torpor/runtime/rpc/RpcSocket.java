// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_resp;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Stat;
import dev.torpor.linux.UnixChannel;
import dev.torpor.runtime.option.OptionException;

/** The SEQPACKET socket of {@code swrk}: one message is one packet, without a length in front. */
final class RpcSocket {
  /** Far beyond any request; one with 1,000 bind mounts has 100 KiB. */
  private static final int MAX_REQUEST_BYTES = 16 << 20;

  private final UnixChannel channel;

  RpcSocket(int fd) {
    channel = new UnixChannel(fd);
  }

  /** The process that made the socket pair; descriptor numbers in requests are its own. */
  int peerPid() {
    try (NativeMemory credentials = NativeMemory.allocate(Socket.Ucred.SIZEOF)) {
      Socket.getsockopt(channel.fd(), Socket.SOL_SOCKET, Socket.SO_PEERCRED, credentials);
      return credentials.getInt(Socket.Ucred.pid);
    }
  }

  /** Inode of this end. */
  int ino() {
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(channel.fd(), stat);
      return (int) stat.getLong(Stat.StructStat.st_ino);
    }
  }

  /**
   * Waits for a request.
   *
   * @return null when the client closed its side; a request without a type when its type is unknown
   * @throws OptionException when the packet is no request
   */
  criu_req receive() {
    int length =
        Socket.recvmsg(channel.fd(), 0, 0, Socket.MSG_PEEK | Socket.MSG_TRUNC).realLength();
    if (length > MAX_REQUEST_BYTES) {
      throw new OptionException(
          "RPC request of " + length + " bytes: more than 16 MiB is no criu_req");
    }
    byte[] packet = channel.receive(length).data();
    if (packet.length == 0) {
      return null;
    }
    try {
      return criu_req.parser().parsePartialFrom(packet);
    } catch (InvalidProtocolBufferException e) {
      throw new OptionException(
          "RPC request of " + length + " bytes is no criu_req: " + e.getMessage());
    }
  }

  /** Sends an answer, with descriptors for the client beside it. */
  void send(criu_resp response, int... fds) {
    channel.send(response.toByteArray(), fds);
  }
}
