// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;

/** Counts the answers of a netlink dump, netlink(7), in the network namespace of the thread. */
final class NetlinkQuery {
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NLM_F_REQUEST_DUMP = 0x1 | 0x300;
  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;

  /** struct nlmsghdr: length, type, flags, sequence, port. */
  private static final int HEADER_BYTES = 16;

  private static final int ANSWER_BYTES = 65536;

  private NetlinkQuery() {}

  /**
   * Sends one dump request and counts the messages it brings.
   *
   * @param protocol NETLINK_* of include/uapi/linux/netlink.h
   * @param type of the request
   * @param family address family, the first byte of the request's own header
   * @param headerBytes size of that header, filled with zeros behind the family
   * @return 0 also where the kernel does not know the request: there can be no such object then
   */
  static int count(int protocol, int type, int family, int headerBytes) {
    int socket = (int) check(Syscall.raw(Nr.SYS_socket, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol));
    int length = HEADER_BYTES + headerBytes;
    try (NativeMemory memory = NativeMemory.allocate(ANSWER_BYTES)) {
      memory.putInt(0, length).putShort(4, type).putShort(6, NLM_F_REQUEST_DUMP);
      memory.putByte(HEADER_BYTES, family);
      check(Syscall.raw(Nr.SYS_sendto, socket, memory.address(), length));
      int count = 0;
      while (true) {
        long got =
            check(Syscall.raw(Nr.SYS_recvfrom, socket, memory.address(), memory.lengthBytes()));
        for (int at = 0; at + HEADER_BYTES <= got; at += (memory.getInt(at) + 3) & ~3) {
          int kind = memory.getUnsignedShort(at + 4);
          if (kind == NLMSG_DONE || kind == NLMSG_ERROR) {
            return count;
          }
          count++;
        }
      }
    } finally {
      Unistd.close(socket);
    }
  }

  private static long check(long result) {
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, "netlink");
      throw new DumpException(
          "asking the kernel about the network namespace: " + cause.getMessage(), cause);
    }
    return result;
  }
}
