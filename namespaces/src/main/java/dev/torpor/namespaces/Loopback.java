// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Ioctl.SIOCGIFFLAGS;
import static dev.torpor.linux.Ioctl.SIOCGIFMTU;
import static dev.torpor.linux.Ioctl.SIOCSIFFLAGS;
import static dev.torpor.linux.Ioctl.SIOCSIFMTU;
import static dev.torpor.linux.Netlink.IFF_LOOPBACK;
import static dev.torpor.linux.Netlink.IFF_RUNNING;
import static dev.torpor.linux.Netlink.IFF_UP;
import static dev.torpor.linux.Netlink.IFNAMSIZ;

import dev.torpor.error.DumpException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.Words;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The loopback device, which every network namespace is born with: netdevice(7). */
final class Loopback {
  static final int INDEX = 1;
  static final String NAME = "lo";

  private static final int SOCK_DGRAM_CLOEXEC = Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC;
  private static final int IFREQ_BYTES = 40;

  /** Flags above 16 bits do not pass through an ifreq; the one loopback has goes with IFF_UP. */
  private static final int IFF_LOWER_UP = 0x10000;

  /** What it is born with: drivers/net/loopback.c. */
  private static final int NEW_MTU = 65536;

  /** The kernel sets these by itself. */
  private static final int UNSETTABLE = IFF_LOOPBACK | IFF_RUNNING | IFF_LOWER_UP;

  private Loopback() {}

  /** Another device in a running namespace, or null. */
  static String neighbourIn(DumpedNamespace namespace) {
    List<String> lines = Words.split(namespace.proc().text(namespace.pid(), "net/dev"), '\n');
    for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).trim();
      if (!name.isEmpty() && !name.equals(NAME)) {
        return "the device " + name;
      }
    }
    return null;
  }

  /** Asks for the device of the thread's namespace. */
  static net_device_entry.Builder capture() {
    int socket = (int) check(Syscall.raw(Nr.SYS_socket, Socket.AF_INET, SOCK_DGRAM_CLOEXEC, 0));
    try (NativeMemory request = NativeMemory.allocate(IFREQ_BYTES)) {
      request.putString(0, NAME);
      check(Syscall.raw(Nr.SYS_ioctl, socket, SIOCGIFFLAGS, request.address()));
      int flags = request.getUnsignedShort(IFNAMSIZ);
      check(Syscall.raw(Nr.SYS_ioctl, socket, SIOCGIFMTU, request.address()));
      return net_device_entry
          .newBuilder()
          .setType(nd_type.LOOPBACK)
          .setIfindex(INDEX)
          .setMtu(request.getInt(IFNAMSIZ))
          .setFlags((flags & IFF_UP) == 0 ? flags : flags | IFF_LOWER_UP)
          .setName(NAME);
    } finally {
      Unistd.close(socket);
    }
  }

  private static long check(long result) {
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, "ioctl", NAME);
      throw new DumpException("asking for the loopback device: " + cause.getMessage(), cause);
    }
    return result;
  }

  /**
   * Reads the devices of a namespace that is to be made.
   *
   * @return the loopback device; one that is up, and nothing else said of it, if there is no image
   */
  static net_device_entry read(ReturnedNamespace namespace) {
    net_device_entry loopback = isUp();
    for (net_device_entry device :
        namespace.images().entries(ImageType.NETDEV, namespace.id(), net_device_entry.parser())) {
      if (device.getType() != nd_type.LOOPBACK || !device.getName().equals(NAME)) {
        throw NetImage.lost(
            namespace,
            ImageType.NETDEV,
            "network device " + device.getName() + " of type " + device.getType());
      }
      loopback = device;
    }
    return loopback;
  }

  /**
   * The device where images do not say what it was like. Every runtime brings it up when it makes a
   * namespace, but runc does not do so on a restore.
   */
  static net_device_entry isUp() {
    return net_device_entry
        .newBuilder()
        .setType(nd_type.LOOPBACK)
        .setIfindex(INDEX)
        .setMtu(NEW_MTU)
        .setFlags(IFF_UP)
        .setName(NAME)
        .build();
  }

  /** Appends the calls that make the device of the caller's new namespace what it was. */
  static void plan(net_device_entry device, Program program) {
    if (device.getMtu() != NEW_MTU) {
      String purpose = "giving the loopback device an MTU of " + device.getMtu() + " bytes";
      plan(program, purpose, SIOCSIFMTU, device.getMtu());
    }
    int flags = device.getFlags() & ~UNSETTABLE;
    if (flags != 0) {
      String purpose =
          flags == IFF_UP
              ? "bringing the loopback device up"
              : "giving the loopback device the flags 0x" + Integer.toHexString(flags);
      plan(program, purpose, SIOCSIFFLAGS, flags);
    }
  }

  private static void plan(Program program, String purpose, int request, int value) {
    Op socket =
        program
            .call(purpose + ": socket", Nr.SYS_socket)
            .arg(Socket.AF_INET)
            .arg(SOCK_DGRAM_CLOEXEC)
            .arg(0);
    Data ifreq = program.reserve(IFREQ_BYTES);
    ifreq.putBytes(0, NAME.getBytes(StandardCharsets.US_ASCII)).putInt(IFNAMSIZ, value);
    program.call(purpose, Nr.SYS_ioctl).arg(socket).arg(request).arg(ifreq);
    program.call(purpose + ": closing the socket", Nr.SYS_close).arg(socket);
  }
}
