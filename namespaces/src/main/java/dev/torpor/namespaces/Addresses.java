// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Netlink.Ifaddrmsg;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import dev.torpor.linux.Socket;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses of devices, ip-address(8). A namespace has those of its loopback device by itself, once
 * that is up.
 */
final class Addresses {
  /** The first word of what iproute2 saves: its ip/ipaddress.c. */
  private static final int MAGIC = 0x47361222;

  private static final byte[] LOOPBACK_INET = {127, 0, 0, 1};
  private static final byte[] LOOPBACK_INET6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  private static final int PREFIX_INET = 8;
  private static final int PREFIX_INET6 = 128;

  private Addresses() {}

  /** Those of the thread's namespace, as messages without their netlink headers. */
  static List<byte[]> ask() {
    return NetlinkQuery.answers(
        Netlink.NETLINK_ROUTE, "RTM_GETADDR", Netlink.RTM_GETADDR, new byte[Ifaddrmsg.SIZEOF]);
  }

  /** One that no other can be given, as those of "IPv6 privacy extensions" are; or null. */
  static String refusal(List<byte[]> messages) {
    for (SavedMessage address : SavedMessage.of(messages, Ifaddrmsg.SIZEOF)) {
      if (address.headerByte(Ifaddrmsg.ifa_family) == Socket.AF_INET6
          && (flags(address) & Rtnetlink.IFA_F_TEMPORARY) != 0) {
        return "the temporary address " + text(address);
      }
    }
    return null;
  }

  /** Whether a namespace has all of them by itself. */
  static boolean areOwn(List<byte[]> messages) {
    for (SavedMessage address : SavedMessage.of(messages, Ifaddrmsg.SIZEOF)) {
      if (!isOwn(address)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOwn(SavedMessage message) {
    int prefix = message.headerByte(Ifaddrmsg.ifa_prefixlen);
    byte[] address = local(message);
    boolean own =
        prefix == PREFIX_INET
            ? Arrays.equals(address, LOOPBACK_INET)
            : prefix == PREFIX_INET6 && Arrays.equals(address, LOOPBACK_INET6);
    return own && message.headerInt(Ifaddrmsg.ifa_index) == Loopback.INDEX;
  }

  /** Only IPv4 tells the address of this side and that of the other apart. */
  private static byte[] local(SavedMessage message) {
    byte[] local = message.attributes().bytes(Netlink.IFA_LOCAL);
    return local == null ? message.attributes().bytes(Netlink.IFA_ADDRESS) : local;
  }

  static void write(CapturedImages images, int id, List<byte[]> messages) throws IOException {
    SavedMessage.writeAll(
        images.streamRaw(ImageType.IFADDR, id), MAGIC, Netlink.RTM_NEWADDR, messages);
  }

  static List<SavedMessage> read(ReturnedNamespace namespace) {
    NetImage image = new NetImage(namespace, ImageType.IFADDR);
    return SavedMessage.readAll(image, MAGIC, Netlink.RTM_NEWADDR, Ifaddrmsg.SIZEOF);
  }

  /**
   * Appends the calls that give devices these addresses. One of IPv6 is first given without a
   * search for others that have it, so that sockets can be bound to it at once; then it gets the
   * flags that it had.
   */
  static void plan(List<SavedMessage> addresses, RouteSocket socket) {
    for (SavedMessage address : addresses) {
      if (isOwn(address)) {
        continue;
      }
      String purpose = "giving device " + address.headerInt(Ifaddrmsg.ifa_index) + " the address ";
      int flags = flags(address) & ~Rtnetlink.IFA_F_TENTATIVE;
      boolean searched =
          address.headerByte(Ifaddrmsg.ifa_family) == Socket.AF_INET6
              && (flags & Rtnetlink.IFA_F_NODAD) == 0;
      if (searched) {
        NetlinkMessage first = message(address, flags | Rtnetlink.IFA_F_NODAD);
        socket.request(purpose + text(address), first, RouteSocket.NONE);
      }
      socket.request(purpose + text(address), message(address, flags), RouteSocket.NONE);
    }
  }

  private static int flags(SavedMessage address) {
    return address
        .attributes()
        .number(Rtnetlink.IFA_FLAGS, address.headerByte(Ifaddrmsg.ifa_flags));
  }

  private static NetlinkMessage message(SavedMessage address, int flags) {
    byte[] header = address.header().clone();
    header[Ifaddrmsg.ifa_flags] = (byte) flags;
    int change = Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE;
    NetlinkMessage message = new NetlinkMessage(Netlink.RTM_NEWADDR, change, header);
    for (int attribute : address.attributes().types()) {
      if (attribute != Rtnetlink.IFA_FLAGS) {
        message.bytes(attribute, address.attributes().bytes(attribute));
      }
    }
    return message.number(Rtnetlink.IFA_FLAGS, flags);
  }

  private static String text(SavedMessage address) {
    return IpText.of(local(address)) + "/" + address.headerByte(Ifaddrmsg.ifa_prefixlen);
  }
}
