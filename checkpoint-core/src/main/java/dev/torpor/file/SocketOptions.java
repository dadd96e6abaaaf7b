// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Netlink.IFNAMSIZ;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.inject.Op;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;

/** What all kinds of sockets have in common, socket(7). */
final class SocketOptions {
  private static final int TIMEVAL_BYTES = 16;

  /** What is refused of no socket, a rehearsal asks of the first alone. */
  private static final class Rehearsed {
    private sk_opts_entry options;
  }

  private SocketOptions() {}

  /**
   * Captures them; in a rehearsal those of any socket.
   *
   * @throws UnsupportedException for a program of extended BPF
   */
  static sk_opts_entry capture(Descriptor descriptor, boolean unix, FileCapture capture) {
    if (!Rehearsal.of(capture.context())) {
      return capture(descriptor, unix);
    }
    Rehearsed rehearsed = capture.state(Rehearsed.class, Rehearsed::new);
    if (rehearsed.options == null) {
      rehearsed.options = capture(descriptor, unix);
    } else {
      SocketFilter.capture(descriptor, sk_opts_entry.newBuilder());
    }
    return rehearsed.options;
  }

  private static sk_opts_entry capture(Descriptor descriptor, boolean unix) {
    int fd = descriptor.borrowed();
    sk_opts_entry.Builder options =
        sk_opts_entry
            .newBuilder()
            .setSoSndbuf(get(fd, Socket.SO_SNDBUF))
            .setSoRcvbuf(get(fd, Socket.SO_RCVBUF))
            .setReuseaddr(get(fd, Socket.SO_REUSEADDR) != 0)
            .setSoPriority(get(fd, Socket.SO_PRIORITY))
            .setSoRcvlowat(get(fd, Socket.SO_RCVLOWAT))
            .setSoDontroute(get(fd, Socket.SO_DONTROUTE) != 0)
            .setSoNoCheck(get(fd, Socket.SO_NO_CHECK) != 0)
            .setSoReuseport(get(fd, Socket.SO_REUSEPORT) != 0)
            .setSoBroadcast(get(fd, Socket.SO_BROADCAST) != 0)
            .setSoKeepalive(get(fd, Socket.SO_KEEPALIVE) != 0)
            .setSoOobinline(get(fd, Socket.SO_OOBINLINE))
            .setSoBufLock(get(fd, Socket.SO_BUF_LOCK));
    int mark = get(fd, Socket.SO_MARK);
    if (mark != 0) {
      options.setSoMark(mark);
    }
    if (unix) {
      // Since Linux 6.16 only families that have credentials to pass know these two.
      options.setSoPasscred(get(fd, Socket.SO_PASSCRED) != 0);
      options.setSoPasssec(get(fd, Socket.SO_PASSSEC) != 0);
    }
    captureStructures(fd, options);
    SocketFilter.capture(descriptor, options);
    return options.build();
  }

  private static void captureStructures(int fd, sk_opts_entry.Builder options) {
    try (NativeMemory memory = NativeMemory.allocate(TIMEVAL_BYTES)) {
      Socket.getsockopt(fd, Socket.SOL_SOCKET, Socket.SO_SNDTIMEO_OLD, memory);
      options.setSoSndTmoSec(memory.getLong(0)).setSoSndTmoUsec(memory.getLong(8));
      Socket.getsockopt(fd, Socket.SOL_SOCKET, Socket.SO_RCVTIMEO_OLD, memory);
      options.setSoRcvTmoSec(memory.getLong(0)).setSoRcvTmoUsec(memory.getLong(8));
      Socket.getsockopt(fd, Socket.SOL_SOCKET, Socket.SO_LINGER, memory);
      if (memory.getInt(Socket.Linger.l_onoff) != 0) {
        options.setSoLinger(memory.getInt(Socket.Linger.l_linger));
      }
      memory.zero();
      if (Socket.getsockopt(fd, Socket.SOL_SOCKET, Socket.SO_BINDTODEVICE, memory) > 1) {
        options.setSoBoundDev(memory.getString(0));
      }
    }
  }

  private static int get(int fd, int option) {
    return Socket.getInt(fd, Socket.SOL_SOCKET, option);
  }

  /** The image id of the network namespace a socket lives in. */
  static int netNsId(Descriptor descriptor, CaptureContext context) {
    return context.namespaces().imageId("net:[" + descriptor.netNsInode() + "]");
  }

  /** The inode of the network namespace a socket lives in. */
  static long netNsInode(int fd) {
    int namespace = Ioctl.ioctl(fd, Ioctl.SIOCGSKNS, "SIOCGSKNS", 0);
    try {
      return FileStat.of(namespace).ino();
    } finally {
      Unistd.close(namespace);
    }
  }

  /** Plans what must be there before bind: others may be bound to the same address. */
  static void planBeforeBind(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    setInt(entry, plan, fd, Socket.SO_REUSEADDR, "SO_REUSEADDR", 1);
    if (options.getSoReuseport()) {
      setInt(entry, plan, fd, Socket.SO_REUSEPORT, "SO_REUSEPORT", 1);
    }
    if (!options.getSoBoundDev().isEmpty()) {
      plan.call(entry, "setsockopt SO_BINDTODEVICE", Nr.SYS_setsockopt)
          .arg(fd)
          .arg(Socket.SOL_SOCKET)
          .arg(Socket.SO_BINDTODEVICE)
          .arg(plan.program().string(options.getSoBoundDev()))
          .arg(Math.min(options.getSoBoundDev().length() + 1, IFNAMSIZ));
    }
    planMark(entry, plan, fd, options);
  }

  static void planMark(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    if (options.getSoMark() != 0) {
      setInt(entry, plan, fd, Socket.SO_MARK, "SO_MARK", options.getSoMark());
    }
  }

  /** Plans the rest, but for {@link SocketFilter}. */
  static void plan(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    // The kernel doubles what it is told.
    setInt(entry, plan, fd, Socket.SO_SNDBUFFORCE, "SO_SNDBUFFORCE", options.getSoSndbuf() / 2);
    setInt(entry, plan, fd, Socket.SO_RCVBUFFORCE, "SO_RCVBUFFORCE", options.getSoRcvbuf() / 2);
    if (options.hasSoBufLock()) {
      setInt(entry, plan, fd, Socket.SO_BUF_LOCK, "SO_BUF_LOCK", options.getSoBufLock());
    }
    if (options.getSoPriority() != 0) {
      setInt(entry, plan, fd, Socket.SO_PRIORITY, "SO_PRIORITY", options.getSoPriority());
    }
    if (options.hasSoRcvlowat() && options.getSoRcvlowat() != 1) {
      setInt(entry, plan, fd, Socket.SO_RCVLOWAT, "SO_RCVLOWAT", options.getSoRcvlowat());
    }
    setIf(options.getSoPasscred(), entry, plan, fd, Socket.SO_PASSCRED, "SO_PASSCRED");
    setIf(options.getSoPasssec(), entry, plan, fd, Socket.SO_PASSSEC, "SO_PASSSEC");
    setIf(options.getSoDontroute(), entry, plan, fd, Socket.SO_DONTROUTE, "SO_DONTROUTE");
    setIf(options.getSoNoCheck(), entry, plan, fd, Socket.SO_NO_CHECK, "SO_NO_CHECK");
    setIf(options.getSoBroadcast(), entry, plan, fd, Socket.SO_BROADCAST, "SO_BROADCAST");
    setIf(options.getSoKeepalive(), entry, plan, fd, Socket.SO_KEEPALIVE, "SO_KEEPALIVE");
    setIf(options.getSoOobinline() != 0, entry, plan, fd, Socket.SO_OOBINLINE, "SO_OOBINLINE");
    if (options.hasSoLinger()) {
      plan.call(entry, "setsockopt SO_LINGER", Nr.SYS_setsockopt)
          .arg(fd)
          .arg(Socket.SOL_SOCKET)
          .arg(Socket.SO_LINGER)
          .arg(
              plan.program()
                  .reserve(Socket.Linger.SIZEOF)
                  .putInt(Socket.Linger.l_onoff, 1)
                  .putInt(Socket.Linger.l_linger, options.getSoLinger()))
          .arg(Socket.Linger.SIZEOF);
    }
    setTimeout(
        entry,
        plan,
        fd,
        Socket.SO_SNDTIMEO_OLD,
        options.getSoSndTmoSec(),
        options.getSoSndTmoUsec());
    setTimeout(
        entry,
        plan,
        fd,
        Socket.SO_RCVTIMEO_OLD,
        options.getSoRcvTmoSec(),
        options.getSoRcvTmoUsec());
  }

  /** Plans what a socket that others need to share its address with gets last. */
  static void planReuse(file_entry entry, OpenPlan plan, int fd, sk_opts_entry options) {
    if (!options.getReuseaddr()) {
      setInt(entry, plan, fd, Socket.SO_REUSEADDR, "SO_REUSEADDR", 0);
    }
  }

  private static void setTimeout(
      file_entry entry, OpenPlan plan, int fd, int option, long seconds, long micros) {
    if (seconds != 0 || micros != 0) {
      plan.call(entry, "setsockopt timeout", Nr.SYS_setsockopt)
          .arg(fd)
          .arg(Socket.SOL_SOCKET)
          .arg(option)
          .arg(plan.program().reserve(TIMEVAL_BYTES).putLong(0, seconds).putLong(8, micros))
          .arg(TIMEVAL_BYTES);
    }
  }

  private static void setIf(
      boolean wanted, file_entry entry, OpenPlan plan, int fd, int option, String name) {
    if (wanted) {
      setInt(entry, plan, fd, option, name, 1);
    }
  }

  private static void setInt(
      file_entry entry, OpenPlan plan, int fd, int option, String name, int value) {
    setInt(entry, plan, fd, Socket.SOL_SOCKET, option, name, value);
  }

  /** Plans an option that is an int. */
  static void setInt(
      file_entry entry, OpenPlan plan, int fd, int level, int option, String name, int value) {
    plan.call(entry, "setsockopt " + name, Nr.SYS_setsockopt)
        .arg(fd)
        .arg(level)
        .arg(option)
        .arg(plan.program().reserve(4).putInt(0, value))
        .arg(4);
  }

  /** Plans that one or both directions are shut down; gives null if none is. */
  static Op planShutdown(file_entry entry, OpenPlan plan, int fd, sk_shutdown shutdown) {
    return shutdown == sk_shutdown.NONE
        ? null
        : plan.call(entry, "shutdown", Nr.SYS_shutdown).arg(fd).arg(shutdown.getNumber() - 1);
  }
}
