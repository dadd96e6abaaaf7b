// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Ioctl.SIOCSIFFLAGS;
import static dev.torpor.linux.Ioctl.SIOCSIFMTU;
import static dev.torpor.linux.Netlink.IFF_LOOPBACK;
import static dev.torpor.linux.Netlink.IFF_RUNNING;
import static dev.torpor.linux.Netlink.IFF_UP;
import static dev.torpor.linux.Netlink.IFNAMSIZ;

import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
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

  /** Whether an entry of an image is this device's. */
  static boolean is(net_device_entry device) {
    return device.getType() == nd_type.LOOPBACK && device.getName().equals(NAME);
  }

  /**
   * Finds it in an image.
   *
   * @return the loopback device; one that is up, and nothing else said of it, if it is not there
   */
  static net_device_entry in(List<net_device_entry> devices) {
    for (net_device_entry device : devices) {
      if (is(device)) {
        return device;
      }
    }
    return isUp();
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
