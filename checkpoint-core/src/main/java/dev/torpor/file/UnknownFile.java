// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Tcp;

/** An open file that no room carries, and what a user can do about it. */
final class UnknownFile {
  private static final String CLOSE = "let the program close it before the dump";

  private UnknownFile() {}

  /** The refusal, which names the kind. */
  static UnsupportedException refused(Descriptor descriptor) {
    return new UnsupportedException(
        descriptor.subject(), kind(descriptor) + " is not carried yet; " + CLOSE);
  }

  private static String kind(Descriptor descriptor) {
    FileStat stat = descriptor.stat();
    String link = descriptor.link();
    if (stat.is(Stat.S_IFSOCK)) {
      return socket(descriptor.borrowed());
    }
    if (link.startsWith("anon_inode:")) {
      return "a file of kind " + link.substring("anon_inode:".length());
    }
    if (stat.is(Stat.S_IFCHR) || stat.is(Stat.S_IFBLK)) {
      return (stat.is(Stat.S_IFCHR) ? "a character device (" : "a block device (")
          + Stat.major(stat.rdev())
          + ":"
          + Stat.minor(stat.rdev())
          + ")";
    }
    if (link.equals("/secretmem (deleted)")) {
      return "a memfd_secret";
    }
    int namespace = link.indexOf(":[");
    if (namespace > 0) {
      return "an open namespace file (" + link.substring(0, namespace) + ")";
    }
    return "a file of this kind";
  }

  private static String socket(int fd) {
    int family = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_DOMAIN);
    int protocol = Socket.getInt(fd, Socket.SOL_SOCKET, Socket.SO_PROTOCOL);
    return switch (family) {
      case Socket.AF_VSOCK -> "a socket to a virtual machine (AF_VSOCK)";
      case Socket.AF_INET, Socket.AF_INET6 -> inet(protocol);
      default -> "a socket of address family " + family;
    };
  }

  private static String inet(int protocol) {
    return switch (protocol) {
      case Tcp.IPPROTO_MPTCP -> "a multipath TCP socket";
      case Tcp.IPPROTO_SCTP -> "an SCTP socket";
      default -> "an IP socket (protocol " + protocol + ")";
    };
  }
}
