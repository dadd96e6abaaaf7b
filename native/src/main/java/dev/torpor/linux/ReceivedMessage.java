// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.util.List;

/**
 * What recvmsg(2) gave.
 *
 * @param address the sender's sockaddr, empty if there is none
 * @param data the bytes, cut off if there was too little room
 * @param control the control messages, undecoded
 * @param flags MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_OOB
 * @param realLength bytes received; more than {@code data} has if MSG_TRUNC was among the flags
 *     given
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages
public record ReceivedMessage(
    byte[] address, byte[] data, byte[] control, int flags, int realLength) {

  /** Whether data or control messages were cut off; descriptors may have been lost. */
  public boolean isTruncated() {
    return (flags & (Socket.MSG_TRUNC | Socket.MSG_CTRUNC)) != 0;
  }

  /** The control messages, in the order the kernel gave them. */
  public List<ControlMessage> controlMessages() {
    return ControlMessage.decode(control);
  }

  /** The descriptors received, now the JVM's to close. */
  public int[] descriptors() {
    for (ControlMessage message : controlMessages()) {
      if (message.level() == Socket.SOL_SOCKET && message.type() == Socket.SCM_RIGHTS) {
        return message.ints();
      }
    }
    return new int[0];
  }
}
