// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Socket;

/**
 * Options of a socket that reading its connection changes for as long as that takes.
 *
 * @param reuseAddress SO_REUSEADDR, which repair mode sets
 * @param peekOffset SO_PEEK_OFF, from where each look at the queue begins and which it moves; -1 if
 *     it is not set
 */
public record LostByRepair(boolean reuseAddress, int peekOffset) {
  /** Those of a socket. */
  static LostByRepair of(int fd) {
    boolean reuse = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_REUSEADDR) != 0;
    return new LostByRepair(reuse, peekOffset(fd));
  }

  /** TCP has it since Linux 6.9. */
  private static int peekOffset(int fd) {
    try {
      return Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF);
    } catch (ErrnoException e) {
      if (e.is(Errno.EOPNOTSUPP)) {
        return -1;
      }
      throw e;
    }
  }

  /** Looks begin at the first byte. */
  void begin(int fd) {
    if (peekOffset >= 0) {
      Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, -1);
    }
  }

  /** Sets them again, behind the end of repair mode. */
  void putBack(int fd) {
    Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, reuseAddress ? 1 : 0);
    if (peekOffset >= 0) {
      Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_PEEK_OFF, peekOffset);
    }
  }
}
