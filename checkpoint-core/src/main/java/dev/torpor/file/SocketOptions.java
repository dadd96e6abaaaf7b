// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Netlink.IFNAMSIZ;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.image.proto.sk_shutdown;
import dev.torpor.inject.Op;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.OptionQuestions;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What all kinds of sockets have in common, socket(7). */
final class SocketOptions {
  private static final int TIMEVAL_BYTES = 16;

  /** A cookie is given to no other until the machine is started again. */
  private record NetNs(long cookie, long inode) {}

  /** That of the latest socket, which the next one has as a rule. */
  private static volatile NetNs latest;

  /** What is refused of no socket, a rehearsal asks of the first alone. */
  private static final class Rehearsed {
    private sk_opts_entry options;
  }

  /** What one capture asks of all sockets, and what the latest gave: most are alike. */
  private static class Asked {
    final OptionQuestions questions;
    byte[] answers;
    sk_opts_entry options;

    Asked(int... more) {
      questions =
          new OptionQuestions.Builder()
              .addInts(
                  Socket.SOL_SOCKET,
                  Socket.SO_SNDBUF,
                  Socket.SO_RCVBUF,
                  Socket.SO_REUSEADDR,
                  Socket.SO_PRIORITY,
                  Socket.SO_RCVLOWAT,
                  Socket.SO_DONTROUTE,
                  Socket.SO_NO_CHECK,
                  Socket.SO_REUSEPORT,
                  Socket.SO_BROADCAST,
                  Socket.SO_KEEPALIVE,
                  Socket.SO_OOBINLINE,
                  Socket.SO_BUF_LOCK,
                  Socket.SO_MARK,
                  Socket.SO_LOCK_FILTER)
              .addInts(Socket.SOL_SOCKET, more)
              .add(Socket.SOL_SOCKET, Socket.SO_SNDTIMEO_OLD, TIMEVAL_BYTES)
              .add(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO_OLD, TIMEVAL_BYTES)
              .add(Socket.SOL_SOCKET, Socket.SO_LINGER, Socket.Linger.SIZEOF)
              .add(Socket.SOL_SOCKET, Socket.SO_BINDTODEVICE, IFNAMSIZ)
              .add(Socket.SOL_SOCKET, Socket.SO_GET_FILTER, 0)
              .build();
    }

    int get(int option) {
      return questions.number(answers, Socket.SOL_SOCKET, option);
    }

    ByteBuffer structure(int option) {
      int index = questions.indexOf(Socket.SOL_SOCKET, option);
      return ByteBuffer.wrap(questions.value(answers, index)).order(ByteOrder.nativeOrder());
    }

    /** Whether there is one, or one that the kernel does not show. */
    boolean filters() {
      int index = questions.indexOf(Socket.SOL_SOCKET, Socket.SO_GET_FILTER);
      return !questions.has(answers, index)
          || questions.length(answers, Socket.SOL_SOCKET, Socket.SO_GET_FILTER) > 0
          || get(Socket.SO_LOCK_FILTER) != 0;
    }
  }

  /** Since Linux 6.16 only families that have credentials to pass know these two. */
  private static final class AskedWithCredentials extends Asked {
    AskedWithCredentials() {
      super(Socket.SO_PASSCRED, Socket.SO_PASSSEC);
    }
  }

  private SocketOptions() {}

  /**
   * Captures them; in a rehearsal those of any socket.
   *
   * @throws UnsupportedException for a program of extended BPF
   */
  static sk_opts_entry capture(Descriptor descriptor, boolean unix, FileCapture capture) {
    if (!Rehearsal.of(capture.context())) {
      return read(descriptor, unix, capture);
    }
    Rehearsed rehearsed = capture.state(Rehearsed.class, Rehearsed::new);
    if (rehearsed.options == null) {
      rehearsed.options = read(descriptor, unix, capture);
    } else {
      SocketFilter.capture(descriptor, sk_opts_entry.newBuilder());
    }
    return rehearsed.options;
  }

  private static sk_opts_entry read(Descriptor descriptor, boolean unix, FileCapture capture) {
    Asked asked =
        unix
            ? capture.state(AskedWithCredentials.class, AskedWithCredentials::new)
            : capture.state(Asked.class, Asked::new);
    byte[] answers = asked.questions.ask(descriptor.borrowed());
    if (!Arrays.equals(answers, asked.answers)) {
      asked.answers = answers;
      asked.options = read(asked, unix);
    }
    if (asked.filters()) {
      sk_opts_entry.Builder options = asked.options.toBuilder();
      SocketFilter.capture(descriptor, options);
      return options.build();
    }
    return asked.options;
  }

  private static sk_opts_entry read(Asked asked, boolean unix) {
    sk_opts_entry.Builder options =
        sk_opts_entry
            .newBuilder()
            .setSoSndbuf(asked.get(Socket.SO_SNDBUF))
            .setSoRcvbuf(asked.get(Socket.SO_RCVBUF))
            .setReuseaddr(asked.get(Socket.SO_REUSEADDR) != 0)
            .setSoPriority(asked.get(Socket.SO_PRIORITY))
            .setSoRcvlowat(asked.get(Socket.SO_RCVLOWAT))
            .setSoDontroute(asked.get(Socket.SO_DONTROUTE) != 0)
            .setSoNoCheck(asked.get(Socket.SO_NO_CHECK) != 0)
            .setSoReuseport(asked.get(Socket.SO_REUSEPORT) != 0)
            .setSoBroadcast(asked.get(Socket.SO_BROADCAST) != 0)
            .setSoKeepalive(asked.get(Socket.SO_KEEPALIVE) != 0)
            .setSoOobinline(asked.get(Socket.SO_OOBINLINE))
            .setSoBufLock(asked.get(Socket.SO_BUF_LOCK));
    int mark = asked.get(Socket.SO_MARK);
    if (mark != 0) {
      options.setSoMark(mark);
    }
    if (unix) {
      options.setSoPasscred(asked.get(Socket.SO_PASSCRED) != 0);
      options.setSoPasssec(asked.get(Socket.SO_PASSSEC) != 0);
    }
    readStructures(asked, options);
    return options.build();
  }

  private static void readStructures(Asked asked, sk_opts_entry.Builder options) {
    ByteBuffer send = asked.structure(Socket.SO_SNDTIMEO_OLD);
    options.setSoSndTmoSec(send.getLong(0)).setSoSndTmoUsec(send.getLong(Long.BYTES));
    ByteBuffer receive = asked.structure(Socket.SO_RCVTIMEO_OLD);
    options.setSoRcvTmoSec(receive.getLong(0)).setSoRcvTmoUsec(receive.getLong(Long.BYTES));
    ByteBuffer linger = asked.structure(Socket.SO_LINGER);
    if (linger.getInt(Socket.Linger.l_onoff) != 0) {
      options.setSoLinger(linger.getInt(Socket.Linger.l_linger));
    }
    byte[] device = asked.structure(Socket.SO_BINDTODEVICE).array();
    if (device.length > 1) {
      // With a NUL behind it.
      options.setSoBoundDev(KernelString.decode(Arrays.copyOf(device, device.length - 1)));
    }
  }

  /** The image id of the network namespace a socket lives in. */
  static int netNsId(Descriptor descriptor, CaptureContext context) {
    return context.namespaces().imageId("net:[" + descriptor.netNsInode() + "]");
  }

  /** The inode of the network namespace a socket lives in. */
  static long netNsInode(int fd) {
    long cookie;
    try {
      cookie = Socket.getLong(fd, Socket.SOL_SOCKET, Socket.SO_NETNS_COOKIE);
    } catch (ErrnoException e) {
      // Of vsock, or before Linux 5.14.
      return inodeOfNetNs(fd);
    }
    NetNs known = latest;
    if (known == null || known.cookie != cookie) {
      known = new NetNs(cookie, inodeOfNetNs(fd));
      latest = known;
    }
    return known.inode;
  }

  private static long inodeOfNetNs(int fd) {
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
