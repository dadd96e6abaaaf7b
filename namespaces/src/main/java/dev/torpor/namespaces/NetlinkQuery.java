// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NetlinkSocket;
import java.util.List;

/** The answers of a netlink dump, netlink(7), in the network namespace of the thread. */
final class NetlinkQuery {
  private NetlinkQuery() {}

  /**
   * Sends one dump request and counts the messages it brings.
   *
   * @param protocol NETLINK_* of include/uapi/linux/netlink.h
   * @param name the request's, for messages
   * @param type of the request
   * @param header the request's own
   * @return 0 also where the kernel does not know the request: there can be no such object then
   * @throws DumpException if the kernel knows the request and does not answer it
   */
  static int count(int protocol, String name, int type, byte... header) {
    return answers(protocol, name, type, header).size();
  }

  /** The same, giving the messages without their netlink header. */
  static List<byte[]> answers(int protocol, String name, int type, byte... header) {
    try (NetlinkSocket socket = NetlinkSocket.open(protocol)) {
      return socket.dump(name, type, header);
    } catch (ErrnoException e) {
      if (isUnknown(e)) {
        return List.of();
      }
      throw new DumpException(
          "asking the kernel about the network namespace: " + e.getMessage() + "; dump again", e);
    }
  }

  /**
   * No such protocol (socket(2)), no such subsystem (EINVAL of nfnetlink_rcv_msg in
   * net/netfilter/nfnetlink.c), or no such family (fib_nl_dumprule in net/core/fib_rules.c).
   */
  private static boolean isUnknown(ErrnoException e) {
    return e.is(Errno.EPROTONOSUPPORT)
        || e.is(Errno.EINVAL)
        || e.is(Errno.EOPNOTSUPP)
        || e.is(Errno.EAFNOSUPPORT);
  }
}
