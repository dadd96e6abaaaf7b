// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.List;

/** The list of rooms. To carry a new kind of file, write its room and add it here. */
public final class FileRooms {
  private FileRooms() {}

  /** All rooms, in the order in which they are asked. */
  public static List<FileRoom> all() {
    return List.of(
        new RegularFile(),
        new Pipe(),
        new Fifo(),
        new EventFd(),
        new SignalFd(),
        new TimerFd(),
        new Epoll(),
        new Tty(),
        new UnixSocket(),
        new InetSocket());
  }
}
