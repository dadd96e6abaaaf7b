// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/**
 * The native process that takes a restore back when this JVM, or the launcher and the JVM with it,
 * is killed. Messages are {@code struct guarded} of launcher.h.
 */
final class Guardian implements AutoCloseable {
  private static final int DIRECTORY = 1;
  private static final int TASKS = 2;
  private static final int DONE = 3;

  private static final int MAX_PIDS = 256;
  private static final int NAME_BYTES = 256;
  private static final int PIDS_AT = 2 * Integer.BYTES;
  private static final int NAME_AT = PIDS_AT + MAX_PIDS * Integer.BYTES;
  private static final int MESSAGE_BYTES = NAME_AT + NAME_BYTES;

  private final UnixChannel channel;

  /** The guardian at the other end of a socket, which {@link #close} closes. */
  Guardian(int fd) {
    this.channel = new UnixChannel(fd);
  }

  /** A cgroup that is about to be made. */
  void willMake(Path directory) {
    byte[] name = directory.getFileName().toString().getBytes(UTF_8);
    byte[] bytes = message(DIRECTORY, 0);
    System.arraycopy(name, 0, bytes, NAME_AT, name.length);
    int parent =
        Fcntl.open(
            directory.getParent().toString(),
            Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC,
            0);
    try {
      channel.send(bytes, parent);
    } finally {
      Unistd.close(parent);
    }
  }

  /** Tasks that are about to be let go, one after the other. */
  void willRelease(List<Integer> pids) {
    for (int from = 0; from < pids.size(); from += MAX_PIDS) {
      int count = Math.min(MAX_PIDS, pids.size() - from);
      byte[] bytes = message(TASKS, count);
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        buffer.putInt(PIDS_AT + i * Integer.BYTES, pids.get(from + i));
      }
      channel.send(bytes);
    }
  }

  /** All of it is to stay from here on; or it was taken back, and nothing is left to do. */
  void done() {
    try {
      channel.send(message(DONE, 0));
    } catch (ErrnoException e) {
      // It was killed: nobody takes anything back then, which is what this says.
      if (!e.is(Errno.EPIPE)) {
        throw e;
      }
    }
  }

  private static byte[] message(int kind, int count) {
    byte[] bytes = new byte[MESSAGE_BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, kind).putInt(4, count);
    return bytes;
  }

  @Override
  public void close() {
    Unistd.close(channel.fd());
  }
}
