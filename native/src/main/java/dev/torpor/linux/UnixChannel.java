// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * Packets and descriptors over an AF_UNIX socket that is open already, such as the one {@code criu
 * swrk FD} is given. Meant for SOCK_SEQPACKET, where one send is one receive.
 *
 * @param fd the socket; this class does not close it
 */
public record UnixChannel(int fd) {
  /** SCM_MAX_FD of the kernel, include/net/scm.h: descriptors in one message. */
  private static final int SCM_MAX_FD = 253;

  /** Sends one packet; SIGPIPE is suppressed, so a peer that is gone is EPIPE. */
  public void send(byte[] data, int... fds) {
    byte[] control = fds.length == 0 ? null : ControlMessage.encode(ControlMessage.rights(fds));
    int sent = Socket.sendmsg(fd, null, data, control, Socket.MSG_NOSIGNAL);
    if (sent != data.length) {
      throw new IllegalStateException(
          "sent " + sent + " of " + data.length + " bytes: fd " + fd + " is not a packet socket");
    }
  }

  /**
   * Receives one packet; its descriptors are close-on-exec. No data and no descriptors means that
   * the peer is gone.
   *
   * @throws ErrnoException EMSGSIZE if the packet was longer than {@code maxBytes}; its descriptors
   *     are closed then
   */
  public ReceivedMessage receive(int maxBytes) {
    int credentials = ControlMessage.spaceBytes(Socket.Ucred.SIZEOF);
    int room = credentials + ControlMessage.spaceBytes(SCM_MAX_FD * Integer.BYTES);
    ReceivedMessage message = Socket.recvmsg(fd, maxBytes, room, Socket.MSG_CMSG_CLOEXEC);
    if (message.isTruncated()) {
      for (int received : message.descriptors()) {
        Unistd.close(received);
      }
      throw new ErrnoException("recvmsg", fd + ", " + maxBytes + " B", Errno.EMSGSIZE.number());
    }
    return message;
  }
}
