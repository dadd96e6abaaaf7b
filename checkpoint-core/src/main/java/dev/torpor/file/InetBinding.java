// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.ip_opts_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;

/** To which address and port an internet socket is bound. */
final class InetBinding {
  private InetBinding() {}

  /** Captures what bind(2) needs to be permitted again. */
  static void capture(Descriptor descriptor, byte[] local, ip_opts_entry.Builder options) {
    if (!options.getFreebind() && isAddressMissing(descriptor, local)) {
      options.setAddressMissing(true);
    }
  }

  /**
   * Whether it is bound to an address that its network namespace does not have, or no longer: with
   * IP_FREEBIND, which may be off again. A restore could not bind it without that option.
   */
  private static boolean isAddressMissing(Descriptor descriptor, byte[] local) {
    byte[] ip = Sockaddr.ip(local);
    if (InetAddress.isAny(ip) || InetAddress.isLoopback(ip)) {
      return false;
    }
    return InNetNamespace.of(
        descriptor,
        () -> {
          int family = Sockaddr.family(local);
          int own = Socket.socket(family, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0);
          try {
            Socket.bind(own, Sockaddr.inet(ip, 0));
            return false;
          } catch (ErrnoException e) {
            if (e.is(Errno.EADDRNOTAVAIL)) {
              return true;
            }
            throw e;
          } finally {
            Unistd.close(own);
          }
        });
  }

  static void plan(file_entry entry, OpenPlan plan, int fd) {
    inet_sk_entry socket = entry.getIsk();
    if (InetSocket.isEnded(socket)) {
      return;
    }
    int level = IpOptions.level(socket);
    int freebind = IpOptions.freebind(socket);
    ip_opts_entry options = socket.getIpOpts();
    boolean missing = options.getAddressMissing() && !options.getFreebind();
    if (missing) {
      SocketOptions.setInt(entry, plan, fd, level, freebind, "IP_FREEBIND", 1);
    }
    if (socket.getSrcPort() != 0) {
      InetSocket.address(entry, plan, fd, "bind", Nr.SYS_bind);
    } else if (hasAddressOnly(socket)) {
      setAddressOnly(entry, plan, fd, 1);
      InetSocket.address(entry, plan, fd, "bind", Nr.SYS_bind);
      setAddressOnly(entry, plan, fd, 0);
    }
    if (missing) {
      SocketOptions.setInt(entry, plan, fd, level, freebind, "IP_FREEBIND", 0);
    }
    boolean binds = socket.getSrcPort() != 0 || hasAddressOnly(socket);
    // A connection can be bound beside any other socket, in repair mode; raw ones need no mode.
    boolean conflicts = !TcpCapture.is(socket) && !RawSocket.is(socket);
    if (binds && conflicts && plan.isStarters(Sched.CLONE_NEWNET)) {
      plan.takes(new FreeAddress(plan.purpose(entry), socket));
    }
  }

  /** Bound to an address, but the port is gone with a connection that did not come to be. */
  private static boolean hasAddressOnly(inet_sk_entry socket) {
    boolean closed = socket.getState() == Tcp.TCP_CLOSE && !socket.hasShutdown();
    return closed && !InetAddress.isAny(InetAddress.bytes(socket.getSrcAddrList()));
  }

  private static void setAddressOnly(file_entry entry, OpenPlan plan, int fd, int value) {
    int option = Tcp.IP_BIND_ADDRESS_NO_PORT;
    SocketOptions.setInt(entry, plan, fd, Socket.SOL_IP, option, "IP_BIND_ADDRESS_NO_PORT", value);
  }
}
