// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import dev.torpor.linux.Netlink.Nlmsgerr;
import dev.torpor.linux.Netlink.Nlmsghdr;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Questions to the kernel over netlink(7), one after the other. Messages are given and returned
 * without their header; what they mean is the caller's.
 *
 * <p>A netlink socket belongs to the network namespace it was made in and answers for that one.
 */
public final class NetlinkSocket implements AutoCloseable {
  /** The kernel fills dump replies up to this much, NLMSG_GOODSIZE at most 32 KiB. */
  private static final int RECEIVE_BYTES = 65536;

  private final int fd;
  private final boolean owned;
  private int sequence;

  private NetlinkSocket(int fd, boolean owned) {
    this.fd = fd;
    this.owned = owned;
  }

  /** A new socket in the calling thread's network namespace; {@code protocol} is NETLINK_*. */
  public static NetlinkSocket open(int protocol) {
    int type = Socket.SOCK_RAW | Socket.SOCK_CLOEXEC;
    return new NetlinkSocket(Socket.socket(Socket.AF_NETLINK, type, protocol), true);
  }

  /** A socket that is open already and stays so. */
  public static NetlinkSocket over(int fd) {
    return new NetlinkSocket(fd, false);
  }

  /** The descriptor. */
  public int fd() {
    return fd;
  }

  /**
   * Asks for a list.
   *
   * @param name the request's name for the error text
   * @param type such as {@link SockDiag#SOCK_DIAG_BY_FAMILY}
   * @param payload what stands behind the header
   * @return the payloads of all messages up to NLMSG_DONE
   * @throws ErrnoException with EINTR if the list changed while it was read (NLM_F_DUMP_INTR)
   */
  public List<byte[]> dump(String name, int type, byte[] payload) {
    send(type, Netlink.NLM_F_DUMP, payload);
    return receive(name);
  }

  /**
   * Asks for one change or one object, and waits for the acknowledgement.
   *
   * @param flags NLM_F_* besides REQUEST and ACK
   * @return the payloads of what came before the acknowledgement
   */
  public List<byte[]> request(String name, int type, int flags, byte[] payload) {
    send(type, flags | Netlink.NLM_F_ACK, payload);
    return receive(name);
  }

  /** The same for a message that is put together already. */
  public List<byte[]> request(String name, NetlinkMessage message) {
    byte[] bytes = message.bytes();
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(Nlmsghdr.nlmsg_seq, ++sequence);
    Socket.sendmsg(fd, Sockaddr.netlink(0, 0), bytes, null, 0);
    return receive(name);
  }

  /**
   * Has a batch of nftables' changes made. The kernel has answered when it has taken them.
   *
   * @throws ErrnoException the first reason of the kernel not to make them
   */
  public void change(String name, NftBatch batch) {
    int first = sequence + 1;
    sequence += batch.messages();
    Socket.sendmsg(fd, Sockaddr.netlink(0, 0), batch.numbered(first), null, 0);
    try {
      while (true) {
        byte[] answer = Socket.recvmsg(fd, RECEIVE_BYTES, 0, Socket.MSG_DONTWAIT).data();
        ByteBuffer in = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
        if (in.getInt(Nlmsghdr.nlmsg_seq) - first >= 0) {
          check(name, in, Nlmsghdr.SIZEOF, answer.length);
        }
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.EAGAIN)) {
        throw e;
      }
    }
  }

  private void send(int type, int flags, byte[] payload) {
    byte[] message = new byte[Nlmsghdr.SIZEOF + payload.length];
    ByteBuffer out = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
    out.putInt(Nlmsghdr.nlmsg_len, message.length);
    out.putShort(Nlmsghdr.nlmsg_type, (short) type);
    out.putShort(Nlmsghdr.nlmsg_flags, (short) (flags | Netlink.NLM_F_REQUEST));
    out.putInt(Nlmsghdr.nlmsg_seq, ++sequence);
    out.put(Nlmsghdr.SIZEOF, payload);
    Socket.sendmsg(fd, Sockaddr.netlink(0, 0), message, null, 0);
  }

  private List<byte[]> receive(String name) {
    List<byte[]> payloads = new ArrayList<>();
    boolean more = true;
    while (more) {
      ReceivedMessage datagram = Socket.recvmsg(fd, RECEIVE_BYTES, 0, 0);
      if (datagram.isTruncated()) {
        throw new ErrnoException("recvmsg", fd + ", " + name, Errno.EMSGSIZE.number());
      }
      more = take(name, datagram.data(), payloads);
    }
    return payloads;
  }

  /** Whether more datagrams belong to the answer. */
  private boolean take(String name, byte[] datagram, List<byte[]> payloads) {
    ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + Nlmsghdr.SIZEOF <= datagram.length) {
      int length = in.getInt(at + Nlmsghdr.nlmsg_len);
      if (length < Nlmsghdr.SIZEOF || length > datagram.length - at) {
        throw new IllegalStateException(
            name + ": netlink message of " + length + " bytes in " + (datagram.length - at));
      }
      // An answer to an earlier question that ended in an exception is not this one's.
      if (in.getInt(at + Nlmsghdr.nlmsg_seq) == sequence) {
        int payloadAt = at + Nlmsghdr.SIZEOF;
        int type = in.getShort(at + Nlmsghdr.nlmsg_type) & 0xffff;
        if ((in.getShort(at + Nlmsghdr.nlmsg_flags) & Netlink.NLM_F_DUMP_INTR) != 0) {
          throw new ErrnoException("netlink", name, Errno.EINTR.number());
        }
        if (type == Netlink.NLMSG_ERROR || type == Netlink.NLMSG_DONE) {
          check(name, in, payloadAt, at + length);
          return false;
        }
        if (type >= Netlink.NLMSG_MIN_TYPE) {
          byte[] payload = new byte[length - Nlmsghdr.SIZEOF];
          in.get(payloadAt, payload);
          payloads.add(payload);
        }
      }
      at += (length + Netlink.NLMSG_ALIGNTO - 1) & -Netlink.NLMSG_ALIGNTO;
    }
    return true;
  }

  private static void check(String name, ByteBuffer in, int payloadAt, int end) {
    // NLMSG_DONE carries the result of the dump, as NLMSG_ERROR does; 0 is success.
    int error = end - payloadAt < Integer.BYTES ? 0 : in.getInt(payloadAt + Nlmsgerr.error);
    if (error < 0) {
      throw new ErrnoException("netlink", name, -error);
    }
  }

  /** Closes what {@link #open} opened. */
  @Override
  public void close() {
    if (owned) {
      Unistd.close(fd);
    }
  }
}
