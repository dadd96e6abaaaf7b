// SPDX-License-Identifier: Apache-2.0
package dev.torpor.examples;

import dev.torpor.inject.Injector;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Unistd;
import dev.torpor.tcp.ConnectionLock;
import dev.torpor.tcp.TcpConnection;
import dev.torpor.tcp.TcpStates;

/** Gives a process the live TCP connection of another one: {@code MoveConnection PID FD PID FD}. */
public final class MoveConnection {
  private MoveConnection() {}

  /** The peer of the connection, wherever it is, notices a short pause. */
  public static void main(String[] args) {
    int from = Integer.parseInt(args[0]);
    int fd = Integer.parseInt(args[1]);
    int to = Integer.parseInt(args[2]);
    int anew = Integer.parseInt(args[3]);
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection connection = take(from, fd, lock);
      try (Injector receiver = Injector.attach(to)) {
        Program program = receiver.program();
        connection.restore(program, anew);
        receiver.run(program);
      }
      System.out.println(TcpStates.name(connection.state()) + " " + connection.ends());
    }
  }

  private static TcpConnection take(int pid, int fd, ConnectionLock lock) {
    int pidfd = Pidfd.pidfdOpen(pid, 0);
    int borrowed = Pidfd.pidfdGetfd(pidfd, fd);
    try (Injector owner = Injector.attach(pid)) {
      TcpConnection connection = TcpConnection.capture(borrowed, lock);
      TcpConnection.silence(borrowed);
      Program program = owner.program();
      program.call("closing its descriptor", Nr.SYS_close).arg(fd);
      owner.run(program);
      return connection;
    } finally {
      Unistd.close(borrowed);
      Unistd.close(pidfd);
    }
  }
}
