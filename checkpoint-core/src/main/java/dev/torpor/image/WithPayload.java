// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;

/** An image entry and the raw bytes that stand behind it in the image. */
public final class WithPayload<M extends Message> {
  private final M entry;
  private final byte[] payload;

  /**
   * Keeps the array.
   *
   * @param entry says how many bytes
   * @param payload what was waiting in a pipe or socket
   */
  public WithPayload(M entry, byte[] payload) {
    this.entry = entry;
    this.payload = payload;
  }

  /** The entry. */
  public M entry() {
    return entry;
  }

  /** The bytes behind it, not a copy. */
  public byte[] payload() {
    return payload;
  }
}
