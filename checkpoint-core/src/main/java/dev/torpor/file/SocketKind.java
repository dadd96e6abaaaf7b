// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Socket;

/**
 * What socket(2) was told.
 *
 * @param family AF_*
 * @param type SOCK_*
 * @param protocol of that family; where 0 was given, the one that it became
 */
record SocketKind(int family, int type, int protocol) {
  static SocketKind of(int fd) {
    return new SocketKind(
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_DOMAIN),
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_TYPE),
        Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PROTOCOL));
  }
}
