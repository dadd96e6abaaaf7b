// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Sockets of every family. Constants as the kernel has them; addresses are raw sockaddr bytes. */
public final class Socket {

  // Families, include/linux/socket.h.
  public static final int AF_UNSPEC = 0;
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;
  public static final int AF_BRIDGE = 7;
  public static final int AF_NETLINK = 16;
  public static final int AF_PACKET = 17;
  public static final int AF_VSOCK = 40;

  // Types and flags, include/linux/net.h.
  public static final int SOCK_STREAM = 0x1;
  public static final int SOCK_DGRAM = 0x2;
  public static final int SOCK_RAW = 0x3;
  public static final int SOCK_SEQPACKET = 0x5;
  public static final int SOCK_PACKET = 0xa;
  public static final int SOCK_NONBLOCK = 0x800;
  public static final int SOCK_CLOEXEC = 0x80000;

  // shutdown(2).
  public static final int SHUT_RD = 0;
  public static final int SHUT_WR = 1;
  public static final int SHUT_RDWR = 2;

  // Messages, include/linux/socket.h.
  public static final int MSG_OOB = 0x1;
  public static final int MSG_PEEK = 0x2;
  public static final int MSG_DONTROUTE = 0x4;
  public static final int MSG_CTRUNC = 0x8;
  public static final int MSG_TRUNC = 0x20;
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_EOR = 0x80;
  public static final int MSG_WAITALL = 0x100;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_MORE = 0x8000;
  public static final int MSG_WAITFORONE = 0x10000;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;
  public static final int SCM_RIGHTS = 1;
  public static final int SCM_CREDENTIALS = 2;
  public static final int SCM_SECURITY = 3;
  public static final int SCM_PIDFD = 4;

  // Levels, include/linux/socket.h.
  public static final int SOL_SOCKET = 1;
  public static final int SOL_IP = 0;
  public static final int SOL_TCP = 6;
  public static final int SOL_UDP = 17;
  public static final int SOL_IPV6 = 41;
  public static final int SOL_ICMPV6 = 58;
  public static final int SOL_UDPLITE = 136;
  public static final int SOL_RAW = 255;
  public static final int SOL_PACKET = 263;
  public static final int SOL_NETLINK = 270;

  // Options, include/uapi/asm-generic/socket.h. SO_BUF_LOCK since Linux 5.14, RCVPRIORITY 6.14,
  // PASSPIDFD and PEERPIDFD 6.5.
  public static final int SO_DEBUG = 1;
  public static final int SO_REUSEADDR = 2;
  public static final int SO_TYPE = 3;
  public static final int SO_DONTROUTE = 5;
  public static final int SO_BROADCAST = 6;
  public static final int SO_SNDBUF = 7;
  public static final int SO_RCVBUF = 8;
  public static final int SO_SNDBUFFORCE = 32;
  public static final int SO_RCVBUFFORCE = 33;
  public static final int SO_KEEPALIVE = 9;
  public static final int SO_OOBINLINE = 10;
  public static final int SO_NO_CHECK = 11;
  public static final int SO_PRIORITY = 12;
  public static final int SO_LINGER = 13;
  public static final int SO_BSDCOMPAT = 14;
  public static final int SO_REUSEPORT = 15;
  public static final int SO_PASSCRED = 16;
  public static final int SO_PEERCRED = 17;
  public static final int SO_RCVLOWAT = 18;
  public static final int SO_SNDLOWAT = 19;
  public static final int SO_RCVTIMEO_OLD = 20;
  public static final int SO_SNDTIMEO_OLD = 21;
  public static final int SO_BINDTODEVICE = 25;
  public static final int SO_ATTACH_FILTER = 26;
  public static final int SO_GET_FILTER = 26;
  public static final int SO_DETACH_FILTER = 27;
  public static final int SO_PEERNAME = 28;
  public static final int SO_TIMESTAMP_OLD = 29;
  public static final int SO_ACCEPTCONN = 30;
  public static final int SO_PEERSEC = 31;
  public static final int SO_PASSSEC = 34;
  public static final int SO_TIMESTAMPNS_OLD = 35;
  public static final int SO_MARK = 36;
  public static final int SO_TIMESTAMPING_OLD = 37;
  public static final int SO_PROTOCOL = 38;
  public static final int SO_DOMAIN = 39;
  public static final int SO_RXQ_OVFL = 40;
  public static final int SO_WIFI_STATUS = 41;
  public static final int SO_PEEK_OFF = 42;
  public static final int SO_NOFCS = 43;
  public static final int SO_LOCK_FILTER = 44;
  public static final int SO_SELECT_ERR_QUEUE = 45;
  public static final int SO_BUSY_POLL = 46;
  public static final int SO_MAX_PACING_RATE = 47;
  public static final int SO_BPF_EXTENSIONS = 48;
  public static final int SO_INCOMING_CPU = 49;
  public static final int SO_ATTACH_BPF = 50;
  public static final int SO_COOKIE = 57;
  public static final int SO_PEERGROUPS = 59;
  public static final int SO_ZEROCOPY = 60;
  public static final int SO_TXTIME = 61;
  public static final int SO_BINDTOIFINDEX = 62;
  public static final int SO_TIMESTAMP_NEW = 63;
  public static final int SO_TIMESTAMPNS_NEW = 64;
  public static final int SO_TIMESTAMPING_NEW = 65;
  public static final int SO_RCVPRIORITY = 82;
  public static final int SO_RCVTIMEO_NEW = 66;
  public static final int SO_SNDTIMEO_NEW = 67;
  public static final int SO_PREFER_BUSY_POLL = 69;
  public static final int SO_NETNS_COOKIE = 71;
  public static final int SO_BUF_LOCK = 72;
  public static final int SO_RESERVE_MEM = 73;
  public static final int SO_TXREHASH = 74;
  public static final int SO_RCVMARK = 75;
  public static final int SO_PASSPIDFD = 76;
  public static final int SO_PEERPIDFD = 77;
  public static final int SO_PASSRIGHTS = 83;
  public static final int SOCK_SNDBUF_LOCK = 1;
  public static final int SOCK_RCVBUF_LOCK = 2;

  /** Where nothing is mapped, but the kernel does not see that before it writes. */
  private static final long NOWHERE = 8;

  private Socket() {}

  /** socket(2). */
  public static int socket(int family, int type, int protocol) {
    long result = Syscall.raw(Nr.SYS_socket, family, type, protocol);
    if (result < 0) {
      throw ErrnoException.of(result, "socket", family, Fcntl.hex(type), protocol);
    }
    return (int) result;
  }

  /** socketpair(2). */
  public static int[] socketpair(int family, int type, int protocol) {
    NativeMemory fds = Scratch.memory();
    long result = Syscall.raw(Nr.SYS_socketpair, family, type, protocol, fds.address());
    if (result < 0) {
      throw ErrnoException.of(result, "socketpair", family, Fcntl.hex(type), protocol);
    }
    return new int[] {fds.getInt(0), fds.getInt(4)};
  }

  /** bind(2). */
  public static void bind(int fd, byte[] address) {
    NativeMemory memory = Scratch.memory().putBytes(0, address);
    long result = Syscall.raw(Nr.SYS_bind, fd, memory.address(), address.length);
    if (result < 0) {
      throw ErrnoException.of(result, "bind", fd, Sockaddr.describe(address));
    }
  }

  /** connect(2); not repeated after EINTR, because the connection goes on being made. */
  public static void connect(int fd, byte[] address) {
    NativeMemory memory = Scratch.memory().putBytes(0, address);
    long result = Syscall.raw(Nr.SYS_connect, fd, memory.address(), address.length);
    if (result < 0) {
      throw ErrnoException.of(result, "connect", fd, Sockaddr.describe(address));
    }
  }

  /** listen(2). */
  public static void listen(int fd, int backlog) {
    long result = Syscall.raw(Nr.SYS_listen, fd, backlog);
    if (result < 0) {
      throw ErrnoException.of(result, "listen", fd, backlog);
    }
  }

  /** accept4(2), repeated after EINTR; who called is not asked. */
  public static int accept4(int fd, int flags) {
    long result;
    do {
      result = Syscall.raw(Nr.SYS_accept4, fd, 0, 0, flags);
    } while (result == -Errno.EINTR.number());
    if (result < 0) {
      throw ErrnoException.of(result, "accept4", fd, Fcntl.hex(flags));
    }
    return (int) result;
  }

  /** shutdown(2). */
  public static void shutdown(int fd, int how) {
    long result = Syscall.raw(Nr.SYS_shutdown, fd, how);
    if (result < 0) {
      throw ErrnoException.of(result, "shutdown", fd, how);
    }
  }

  /** getsockname(2): exactly the bytes the kernel gives. */
  public static byte[] getsockname(int fd) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, Sockaddr.STORAGE_BYTES);
    long at = memory.address();
    long result = Syscall.raw(Nr.SYS_getsockname, fd, at + 8, at);
    if (result < 0) {
      throw ErrnoException.of(result, "getsockname", fd);
    }
    return memory.getBytes(8, Math.min(memory.getInt(0), Sockaddr.STORAGE_BYTES));
  }

  /** getpeername(2): exactly the bytes the kernel gives. */
  public static byte[] getpeername(int fd) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, Sockaddr.STORAGE_BYTES);
    long at = memory.address();
    long result = Syscall.raw(Nr.SYS_getpeername, fd, at + 8, at);
    if (result < 0) {
      throw ErrnoException.of(result, "getpeername", fd);
    }
    return memory.getBytes(8, Math.min(memory.getInt(0), Sockaddr.STORAGE_BYTES));
  }

  /** SO_PEERNAME: as {@link #getpeername}, also of a socket that is being connected. */
  public static byte[] getPeerName(int fd) {
    // The kernel refuses more room than the address takes.
    try (NativeMemory name = NativeMemory.allocate(getsockname(fd).length)) {
      return name.getBytes(0, getsockopt(fd, SOL_SOCKET, SO_PEERNAME, name));
    }
  }

  /** getsockopt(2) of an option that is an int. */
  public static int getInt(int fd, int level, int option) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, Integer.BYTES).putInt(8, 0);
    long at = memory.address();
    long result = Syscall.raw(Nr.SYS_getsockopt, fd, level, option, at + 8, at);
    if (result < 0) {
      throw ErrnoException.of(result, "getsockopt", fd, level, option);
    }
    return memory.getInt(8);
  }

  /** getsockopt(2) of an option that has 64 bits. */
  public static long getLong(int fd, int level, int option) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, Long.BYTES).putLong(8, 0);
    long at = memory.address();
    long result = Syscall.raw(Nr.SYS_getsockopt, fd, level, option, at + 8, at);
    if (result < 0) {
      throw ErrnoException.of(result, "getsockopt", fd, level, option);
    }
    return memory.getLong(8);
  }

  /** getsockopt(2) into {@code target}; returns how many bytes the kernel says the value has. */
  public static int getsockopt(int fd, int level, int option, NativeMemory target) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, target.lengthBytes());
    long result =
        Syscall.raw(Nr.SYS_getsockopt, fd, level, option, target.address(), memory.address());
    if (result < 0) {
      throw ErrnoException.of(result, "getsockopt", fd, level, option);
    }
    return memory.getInt(0);
  }

  /** setsockopt(2) of an option that is an int. */
  public static void setInt(int fd, int level, int option, int value) {
    NativeMemory memory = Scratch.memory();
    memory.putInt(0, value);
    long at = memory.address();
    long result = Syscall.raw(Nr.SYS_setsockopt, fd, level, option, at, Integer.BYTES);
    if (result < 0) {
      throw ErrnoException.of(result, "setsockopt", fd, level, option, value);
    }
  }

  /** setsockopt(2) of an option that is bytes. */
  public static void setsockopt(int fd, int level, int option, byte[] value) {
    try (NativeMemory memory = NativeMemory.of(value)) {
      long result =
          Syscall.raw(Nr.SYS_setsockopt, fd, level, option, memory.address(), value.length);
      if (result < 0) {
        throw ErrnoException.of(result, "setsockopt", fd, level, option, value.length + " B");
      }
    }
  }

  /**
   * sendmsg(2), repeated after EINTR.
   *
   * @param address a sockaddr, or null on a connected socket
   * @param control as {@link ControlMessage#encode} makes it, or null
   * @return how many bytes were taken
   */
  public static int sendmsg(int fd, byte[] address, byte[] data, byte[] control, int flags) {
    int addressBytes = address == null ? 0 : address.length;
    int controlBytes = control == null ? 0 : control.length;
    int controlAt = Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF + Sockaddr.STORAGE_BYTES;
    int dataAt = controlAt + controlBytes;
    try (NativeMemory memory = NativeMemory.allocate(dataAt + data.length)) {
      if (address != null) {
        memory.putBytes(Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF, address);
      }
      if (control != null) {
        memory.putBytes(controlAt, control);
      }
      memory.putBytes(dataAt, data);
      fill(memory, addressBytes, controlAt, controlBytes, dataAt, data.length);
      if (address == null) {
        memory.putLong(Msghdr.msg_name, 0);
      }
      long result;
      do {
        result = Syscall.raw(Nr.SYS_sendmsg, fd, memory.address(), flags);
      } while (result == -Errno.EINTR.number());
      if (result < 0) {
        throw ErrnoException.of(result, "sendmsg", fd, data.length + " B", Fcntl.hex(flags));
      }
      return (int) result;
    }
  }

  /**
   * recvmsg(2), repeated after EINTR.
   *
   * @param dataBytes room for the data
   * @param controlBytes room for control messages
   * @param flags MSG_*; with MSG_CMSG_CLOEXEC received descriptors are close-on-exec
   */
  public static ReceivedMessage recvmsg(int fd, int dataBytes, int controlBytes, int flags) {
    int controlAt = Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF + Sockaddr.STORAGE_BYTES;
    int dataAt = (controlAt + controlBytes + 15) & -16;
    try (NativeMemory memory = NativeMemory.allocate(dataAt + dataBytes)) {
      long result;
      do {
        fill(memory, Sockaddr.STORAGE_BYTES, controlAt, controlBytes, dataAt, dataBytes);
        result = Syscall.raw(Nr.SYS_recvmsg, fd, memory.address(), flags);
      } while (result == -Errno.EINTR.number());
      if (result < 0) {
        throw ErrnoException.of(result, "recvmsg", fd, dataBytes + " B", Fcntl.hex(flags));
      }
      int addressBytes = Math.min(memory.getInt(Msghdr.msg_namelen), Sockaddr.STORAGE_BYTES);
      int messageFlags = memory.getInt(Msghdr.msg_flags);
      // With MSG_TRUNC among the flags the result is the datagram's real length.
      int given = (int) Math.min(result, dataBytes);
      return new ReceivedMessage(
          memory.getBytes(Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF, addressBytes),
          memory.getBytes(dataAt, given),
          memory.getBytes(controlAt, (int) memory.getLong(Msghdr.msg_controllen)),
          messageFlags,
          (int) result);
    }
  }

  /**
   * How many bytes of a Unix stream are in buffers of the kernel that fit into {@code roomBytes}
   * whole; nothing is taken out. recvmsg(2) with MSG_PEEK, where behind the room nothing can be
   * written: the kernel leaves off before the buffer that it cannot copy, and gives what belongs to
   * those before (unix_stream_read_generic in net/unix/af_unix.c).
   */
  public static int peekBuffers(int fd, int roomBytes) {
    int dataAt = Msghdr.SIZEOF + 2 * ProcessVm.Iovec.SIZEOF;
    int secondAt = Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF;
    try (NativeMemory memory = NativeMemory.allocate(dataAt + roomBytes)) {
      memory.putLong(Msghdr.msg_iov, memory.address(Msghdr.SIZEOF));
      memory.putLong(Msghdr.msg_iovlen, 2);
      memory.putLong(Msghdr.SIZEOF + ProcessVm.Iovec.iov_base, memory.address(dataAt));
      memory.putLong(Msghdr.SIZEOF + ProcessVm.Iovec.iov_len, roomBytes);
      memory.putLong(secondAt + ProcessVm.Iovec.iov_base, NOWHERE);
      memory.putLong(secondAt + ProcessVm.Iovec.iov_len, 1);
      long result = Syscall.raw(Nr.SYS_recvmsg, fd, memory.address(), MSG_PEEK | MSG_DONTWAIT);
      if (result == -Errno.EFAULT.number()) {
        return 0;
      }
      if (result < 0) {
        throw ErrnoException.of(result, "recvmsg", fd, roomBytes + " B", Fcntl.hex(MSG_PEEK));
      }
      return (int) result;
    }
  }

  private static void fill(
      NativeMemory memory,
      int addressBytes,
      int controlAt,
      int controlBytes,
      int dataAt,
      int dataBytes) {
    memory.putLong(Msghdr.msg_name, memory.address(Msghdr.SIZEOF + ProcessVm.Iovec.SIZEOF));
    memory.putInt(Msghdr.msg_namelen, addressBytes);
    memory.putLong(Msghdr.msg_iov, memory.address(Msghdr.SIZEOF));
    memory.putLong(Msghdr.msg_iovlen, 1);
    memory.putLong(Msghdr.msg_control, controlBytes == 0 ? 0 : memory.address(controlAt));
    memory.putLong(Msghdr.msg_controllen, controlBytes);
    memory.putLong(Msghdr.SIZEOF + ProcessVm.Iovec.iov_base, memory.address(dataAt));
    memory.putLong(Msghdr.SIZEOF + ProcessVm.Iovec.iov_len, dataBytes);
  }

  /** Offsets within {@code struct msghdr}. */
  public static final class Msghdr {
    public static final int SIZEOF = 56;
    public static final int msg_name = 0;
    public static final int msg_namelen = 8;
    public static final int msg_iov = 16;
    public static final int msg_iovlen = 24;
    public static final int msg_control = 32;
    public static final int msg_controllen = 40;
    public static final int msg_flags = 48;

    private Msghdr() {}
  }

  /** Offsets within {@code struct cmsghdr}. */
  public static final class Cmsghdr {
    public static final int SIZEOF = 16;
    public static final int cmsg_len = 0;
    public static final int cmsg_level = 8;
    public static final int cmsg_type = 12;

    private Cmsghdr() {}
  }

  /** Offsets within {@code struct ucred}. */
  public static final class Ucred {
    public static final int SIZEOF = 12;
    public static final int pid = 0;
    public static final int uid = 4;
    public static final int gid = 8;

    private Ucred() {}
  }

  /** Offsets within {@code struct linger}. */
  public static final class Linger {
    public static final int SIZEOF = 8;
    public static final int l_onoff = 0;
    public static final int l_linger = 4;

    private Linger() {}
  }
}
