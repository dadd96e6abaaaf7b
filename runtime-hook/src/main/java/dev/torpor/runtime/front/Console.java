// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import dev.torpor.runtime.option.OptionException;
import java.nio.charset.StandardCharsets;

/** {@code --console-socket}: where the master side of a container's terminal goes. */
final class Console {
  /** What goes with the descriptor, as with runc: takers want at least a byte. */
  private static final byte[] NAME = "/dev/ptmx".getBytes(StandardCharsets.UTF_8);

  private Console() {}

  static void give(String path, int master) {
    int socket = Socket.socket(Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    try {
      Socket.connect(socket, Sockaddr.unix(path));
      new UnixChannel(socket).send(NAME, master);
    } catch (ErrnoException e) {
      throw new OptionException("--console-socket " + path + ": " + e.getMessage());
    } finally {
      Unistd.close(socket);
    }
  }
}
