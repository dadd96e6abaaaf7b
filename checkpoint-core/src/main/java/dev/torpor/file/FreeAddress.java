// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Netlink.IFNAMSIZ;

import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import java.util.Arrays;

/**
 * A socket of the tree can be bound: this machine has the address, and no socket has the port that
 * does not share it. Asked by binding one of the same kind and options for a moment, as {@link
 * InetBinding} will: only the kernel knows whether two sockets can share a port.
 *
 * @param purpose what is restored, for the message
 * @param socket its entry
 */
record FreeAddress(String purpose, inet_sk_entry socket) implements Need {
  @Override
  public void verify(Machine machine) {
    int type = socket.getType() | Socket.SOCK_CLOEXEC;
    int fd = Socket.socket(socket.getFamily(), type, socket.getProto());
    try {
      setOptions(fd);
      byte[] ip = InetAddress.bytes(socket.getSrcAddrList());
      Socket.bind(fd, Sockaddr.inet(ip, socket.getSrcPort()));
    } catch (ErrnoException e) {
      throw new RestoreException(
          purpose + ": " + e.call() + ": " + Errno.describe(e.errno()) + wayOut(e), e.errno(), e);
    } finally {
      Unistd.close(fd);
    }
  }

  private void setOptions(int fd) {
    sk_opts_entry options = socket.getOpts();
    Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
    if (options.getSoReuseport()) {
      Socket.setInt(fd, Socket.SOL_SOCKET, Socket.SO_REUSEPORT, 1);
    }
    if (!options.getSoBoundDev().isEmpty()) {
      byte[] name = KernelString.encode(options.getSoBoundDev());
      byte[] device = Arrays.copyOf(name, Math.min(name.length + 1, IFNAMSIZ));
      Socket.setsockopt(fd, Socket.SOL_SOCKET, Socket.SO_BINDTODEVICE, device);
    }
    if (socket.hasV6Only() && socket.getFamily() == Socket.AF_INET6) {
      Socket.setInt(fd, Socket.SOL_IPV6, Tcp.IPV6_V6ONLY, socket.getV6Only() ? 1 : 0);
    }
    if (socket.getIpOpts().getFreebind() || socket.getIpOpts().getAddressMissing()) {
      Socket.setInt(fd, IpOptions.level(socket), IpOptions.freebind(socket), 1);
    }
  }

  private static String wayOut(ErrnoException e) {
    if (e.is(Errno.EADDRINUSE)) {
      return "; another socket has this port: end its process (ss -anp names it), or restore the"
          + " tree in a network namespace of its own";
    }
    if (e.is(Errno.EADDRNOTAVAIL)) {
      return "; this machine does not have the address: add it (ip address add), or restore where"
          + " it is";
    }
    return "";
  }
}
