// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.Tcp;

/**
 * Over which socket a dump was asked for, for {@link dev.torpor.plan.Facts}. A task that asks for
 * the dump of itself has the other end: it reads from it that it was restored.
 *
 * @param ino our end, 0 if there is none
 */
public record ServiceConnection(int ino) {
  /** Nobody has asked over a socket. */
  public static final ServiceConnection NONE = new ServiceConnection(0);

  /** The bit of {@code uflags} that CRIU marks such a socket with, USK_SERVICE. */
  static final int SERVICE = 1 << 1;

  /** A criu_resp of rpc.proto: type (1) DUMP, success (2), dump (3) { restored (1) }. */
  private static final byte[] RESTORED = {0x08, 1, 0x10, 1, 0x1a, 2, 0x08, 1};

  static boolean isEnd(FileCapture capture, UnixSockets.State state) {
    ServiceConnection connection =
        capture.context().options().of(ServiceConnection.class, () -> NONE);
    return state.peer != 0 && state.peer == connection.ino;
  }

  /** As CRIU does: without a peer, and as if it was never connected. */
  static void capture(
      Descriptor descriptor, UnixSockets.State state, unix_sk_entry.Builder socket) {
    if (state.receiveQueue > 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "an answer over it has not been read, which would be lost; read it before the request");
    }
    socket.setUflags(SERVICE).setState(Tcp.TCP_CLOSE).setPeer(0);
  }

  static byte[] restored() {
    return RESTORED.clone();
  }
}
