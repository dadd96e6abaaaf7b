// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.image.proto.tcp_stream_entry;

/** What tcp-stream-INODE.img holds: an entry, and the bytes of both queues. */
public final class TcpStream {
  private final tcp_stream_entry entry;
  private final byte[] received;
  private final byte[] sent;

  /**
   * Keeps the arrays.
   *
   * @param received what the program has not read yet
   * @param sent what the peer has not confirmed; the end of it may not have been sent at all
   */
  public TcpStream(tcp_stream_entry entry, byte[] received, byte[] sent) {
    this.entry = entry;
    this.received = received;
    this.sent = sent;
  }

  /** Sequence numbers, options, window. */
  public tcp_stream_entry entry() {
    return entry;
  }

  /** What waits to be read, not a copy. */
  public byte[] received() {
    return received;
  }

  /** What waits to be confirmed, not a copy. */
  public byte[] sent() {
    return sent;
  }

  /** Both, as they stand behind the entry. */
  public byte[] queues() {
    byte[] both = new byte[received.length + sent.length];
    System.arraycopy(received, 0, both, 0, received.length);
    System.arraycopy(sent, 0, both, received.length, sent.length);
    return both;
  }
}
