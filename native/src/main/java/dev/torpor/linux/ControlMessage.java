// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Socket.Cmsghdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One message beside a socket's data, see cmsg(3).
 *
 * @param level such as {@link Socket#SOL_SOCKET}
 * @param type such as {@link Socket#SCM_RIGHTS}
 * @param payload what stands behind the header
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares messages
public record ControlMessage(int level, int type, byte[] payload) {
  private static final int ALIGNMENT = Long.BYTES;

  /** SCM_RIGHTS: these descriptors. */
  public static ControlMessage rights(int... fds) {
    return new ControlMessage(Socket.SOL_SOCKET, Socket.SCM_RIGHTS, bytes(fds));
  }

  /** SCM_CREDENTIALS: another identity than one's own needs capabilities. */
  public static ControlMessage credentials(int pid, int uid, int gid) {
    byte[] ucred = bytes(pid, uid, gid);
    return new ControlMessage(Socket.SOL_SOCKET, Socket.SCM_CREDENTIALS, ucred);
  }

  /** The payload as ints: descriptors, or pid, uid, gid. */
  public int[] ints() {
    int[] ints = new int[payload.length / Integer.BYTES];
    ByteBuffer.wrap(payload).order(ByteOrder.nativeOrder()).asIntBuffer().get(ints);
    return ints;
  }

  /** The room for {@code payloadBytes}, header and padding included (CMSG_SPACE). */
  public static int spaceBytes(int payloadBytes) {
    return Cmsghdr.SIZEOF + align(payloadBytes);
  }

  /** The bytes sendmsg(2) takes. */
  public static byte[] encode(ControlMessage... messages) {
    int lengthBytes = 0;
    for (ControlMessage message : messages) {
      lengthBytes += spaceBytes(message.payload.length);
    }
    byte[] control = new byte[lengthBytes];
    ByteBuffer out = ByteBuffer.wrap(control).order(ByteOrder.nativeOrder());
    int at = 0;
    for (ControlMessage message : messages) {
      out.putLong(at + Cmsghdr.cmsg_len, Cmsghdr.SIZEOF + message.payload.length);
      out.putInt(at + Cmsghdr.cmsg_level, message.level);
      out.putInt(at + Cmsghdr.cmsg_type, message.type);
      out.put(at + Cmsghdr.SIZEOF, message.payload);
      at += spaceBytes(message.payload.length);
    }
    return control;
  }

  /** The messages in what recvmsg(2) gave. */
  public static List<ControlMessage> decode(byte[] control) {
    List<ControlMessage> messages = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(control).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + Cmsghdr.SIZEOF <= control.length) {
      long end = at + in.getLong(at + Cmsghdr.cmsg_len);
      if (end < at + Cmsghdr.SIZEOF || end > control.length) {
        throw new IllegalArgumentException(
            "control message at byte " + at + " ends at " + end + " of " + control.length);
      }
      byte[] payload = new byte[(int) end - at - Cmsghdr.SIZEOF];
      in.get(at + Cmsghdr.SIZEOF, payload);
      messages.add(
          new ControlMessage(
              in.getInt(at + Cmsghdr.cmsg_level), in.getInt(at + Cmsghdr.cmsg_type), payload));
      at = align((int) end);
    }
    return messages;
  }

  private static int align(int lengthBytes) {
    return (lengthBytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static byte[] bytes(int... ints) {
    byte[] bytes = new byte[Integer.BYTES * ints.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asIntBuffer().put(ints);
    return bytes;
  }
}
