// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Socket;

/**
 * The buffers of a socket, socket(7).
 *
 * @param sendBytes SO_SNDBUF as it is read, twice what was set
 * @param receiveBytes SO_RCVBUF likewise
 * @param lock SO_BUF_LOCK, Linux 5.15: which of them the kernel does not change any more
 */
public record SocketBuffers(int sendBytes, int receiveBytes, int lock) {
  /** Those of a socket. */
  static SocketBuffers of(int fd) {
    return new SocketBuffers(
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_SNDBUF),
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_RCVBUF),
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_BUF_LOCK));
  }
}
