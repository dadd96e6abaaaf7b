// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;

/** A task's socket of rtnetlink(7), over which it asks for changes of its network namespace. */
final class RouteSocket implements AutoCloseable {
  /** Every change is wanted. */
  static final int NONE = 0;

  /** What is there already is as good as new. */
  static final int EEXIST = Errno.EEXIST.number();

  private final Program program;

  /** The call that opens it; null while nothing was asked for. */
  private Op socket;

  /** Appends nothing before the first change. */
  RouteSocket(Program program) {
    this.program = program;
  }

  /**
   * Appends a change.
   *
   * @param purpose what a user reads when it fails
   * @param passed an error number that is as good as none
   */
  void request(String purpose, NetlinkMessage message, int passed) {
    if (socket == null) {
      socket =
          program
              .call("setting the network up: socket", Nr.SYS_socket)
              .arg(Socket.AF_NETLINK)
              .arg(Socket.SOCK_RAW | Socket.SOCK_CLOEXEC)
              .arg(Netlink.NETLINK_ROUTE);
    }
    program.request(purpose, socket, program.bytes(message.bytes()), passed);
  }

  /** Appends the call that closes it, if it was opened. */
  @Override
  public void close() {
    if (socket != null) {
      program.call("setting the network up: closing the socket", Nr.SYS_close).arg(socket);
    }
  }
}
