// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Ioctl.SIOCGIFFLAGS;
import static dev.torpor.linux.Ioctl.SIOCSIFFLAGS;
import static dev.torpor.linux.Netlink.IFF_UP;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Contribution;
import dev.torpor.proc.Words;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * The network namespace, network_namespaces(7), in one of three ways: given again at the restore
 * ({@code --external net[INODE]:KEY}), made anew by the restore and filled by the caller ({@code
 * --empty-ns net}), or carried, which Torpor does for a loopback device and nothing else.
 */
final class NetNamespace implements NamespaceRoom {
  /** struct fib_rule_hdr of include/uapi/linux/fib_rules.h. */
  private static final int FIB_RULE_HEADER_BYTES = 12;

  private static final int NFT_GETTABLE =
      Netlink.NFNL_SUBSYS_NFTABLES << Byte.SIZE | Netlink.NFT_MSG_GETTABLE;

  /** struct nfgenmsg of include/uapi/linux/netfilter/nfnetlink.h. */
  private static final int NFGEN_HEADER_BYTES = 4;

  /** What every namespace is born with: local, main, default; IPv6 has no default. */
  private static final int RULES_INET = 3;

  private static final int RULES_INET6 = 2;

  private static final int SOCK_DGRAM_CLOEXEC = Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC;
  private static final int SIOCGIFMTU = 0x8921;
  private static final int IFREQ_BYTES = 40;
  private static final int IFNAME_BYTES = 16;

  /** Flags above 16 bits do not pass through an ifreq; the one loopback has goes with IFF_UP. */
  private static final int IFF_LOWER_UP = 0x10000;

  private static final int LOOPBACK_INDEX = 1;
  private static final String LOOPBACK = "lo";

  @Override
  public Set<ImageType> images() {
    return Set.of(
        ImageType.NETNS,
        ImageType.NETDEV,
        ImageType.IFADDR,
        ImageType.ROUTE,
        ImageType.ROUTE6,
        ImageType.RULE,
        ImageType.IPTABLES,
        ImageType.IP6TABLES,
        ImageType.NFTABLES,
        ImageType.NETNF_CT,
        ImageType.NETNF_EXP);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.NET;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    if (namespace.externalKey() != null || namespace.options().isEmptyNet()) {
      return;
    }
    checkDevices(namespace);
    checkAddresses(namespace);
    for (String file : List.of("net/ip_tables_names", "net/ip6_tables_names")) {
      if (new java.io.File(namespace.proc().path(namespace.pid(), file)).exists()
          && !namespace.proc().text(namespace.pid(), file).isBlank()) {
        throw refused(namespace, "rules of iptables");
      }
    }
    String found = namespace.ask(NetNamespace::rules);
    if (found != null) {
      throw refused(namespace, found);
    }
    String setting = new NetSysctls(namespace.proc()).difference(namespace.pid());
    if (setting != null) {
      throw refused(namespace, "the setting " + setting);
    }
  }

  private static String rules() {
    byte[] anyFamily = new byte[NFGEN_HEADER_BYTES];
    if (NetlinkQuery.count(Netlink.NETLINK_NETFILTER, "NFT_MSG_GETTABLE", NFT_GETTABLE, anyFamily)
        != 0) {
      return "tables of nftables";
    }
    boolean routing =
        rulesOf(Socket.AF_INET) != RULES_INET || rulesOf(Socket.AF_INET6) > RULES_INET6;
    return routing ? "routing rules" : null;
  }

  private static int rulesOf(int family) {
    byte[] header = new byte[FIB_RULE_HEADER_BYTES];
    header[0] = (byte) family;
    return NetlinkQuery.count(Netlink.NETLINK_ROUTE, "RTM_GETRULE", Netlink.RTM_GETRULE, header);
  }

  private static void checkDevices(DumpedNamespace namespace) {
    List<String> lines = Words.split(namespace.proc().text(namespace.pid(), "net/dev"), '\n');
    for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).trim();
      if (!name.isEmpty() && !name.equals(LOOPBACK)) {
        throw refused(namespace, "the device " + name);
      }
    }
  }

  private static void checkAddresses(DumpedNamespace namespace) {
    for (String line : Words.split(namespace.proc().text(namespace.pid(), "net/fib_trie"), '\n')) {
      int leaf = line.indexOf("|-- ");
      String address = leaf < 0 ? "127.0.0.1" : line.substring(leaf + 4).trim();
      if (!List.of("127.0.0.0", "127.0.0.1", "127.255.255.255").contains(address)) {
        throw refused(namespace, "the address or route " + address);
      }
    }
    if (!new java.io.File(namespace.proc().path(namespace.pid(), "net/if_inet6")).exists()) {
      return;
    }
    for (String line : Words.split(namespace.proc().text(namespace.pid(), "net/if_inet6"), '\n')) {
      if (!line.isEmpty() && !line.startsWith("00000000000000000000000000000001 ")) {
        throw refused(namespace, "the address " + Words.of(line).get(0));
      }
    }
  }

  private static UnsupportedException refused(DumpedNamespace namespace, String what) {
    return new UnsupportedException(
        "network namespace of task " + namespace.pid(),
        what
            + " in it is not carried; give --empty-ns net if the restorer sets the network up, or"
            + " --external net["
            + namespace.inode()
            + "]:KEY if the namespace is there at the restore");
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    String externalKey = namespace.externalKey();
    if (externalKey == null && namespace.options().isEmptyNet()) {
      return;
    }
    netns_entry.Builder entry = netns_entry.newBuilder();
    if (externalKey != null) {
      entry.setExtKey(externalKey);
    }
    int id = namespace.id();
    images.add(ImageType.NETNS, id, entry.build());
    if (externalKey == null) {
      net_device_entry device = namespace.ask(NetNamespace::loopback);
      images.add(ImageType.NETDEV, id, device);
    }
  }

  /** Asks for the loopback device of the thread's namespace, netdevice(7). */
  private static net_device_entry loopback() {
    int socket = (int) check(Syscall.raw(Nr.SYS_socket, Socket.AF_INET, SOCK_DGRAM_CLOEXEC, 0));
    try (NativeMemory request = NativeMemory.allocate(IFREQ_BYTES)) {
      request.putString(0, LOOPBACK);
      check(Syscall.raw(Nr.SYS_ioctl, socket, SIOCGIFFLAGS, request.address()));
      int flags = request.getUnsignedShort(IFNAME_BYTES);
      check(Syscall.raw(Nr.SYS_ioctl, socket, SIOCGIFMTU, request.address()));
      return net_device_entry
          .newBuilder()
          .setType(nd_type.LOOPBACK)
          .setIfindex(LOOPBACK_INDEX)
          .setMtu(request.getInt(IFNAME_BYTES))
          .setFlags((flags & IFF_UP) == 0 ? flags : flags | IFF_LOWER_UP)
          .setName(LOOPBACK)
          .build();
    } finally {
      Unistd.close(socket);
    }
  }

  private static long check(long result) {
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, "ioctl", LOOPBACK);
      throw new DumpException("asking for the loopback device: " + cause.getMessage(), cause);
    }
    return result;
  }

  @Override
  public String givenKey(ReturnedNamespace namespace) {
    netns_entry entry = namespace.optional(ImageType.NETNS, netns_entry.parser());
    return entry != null && entry.hasExtKey() ? entry.getExtKey() : null;
  }

  /**
   * Images of an empty namespace do not say whether its loopback was up. Every runtime brings it up
   * when it makes a namespace, but runc does not do so on a restore.
   */
  @Override
  public Contribution read(ReturnedNamespace namespace) {
    List<net_device_entry> devices = devices(namespace);
    boolean empty = namespace.options().isEmptyNet();
    for (net_device_entry device : devices) {
      if (!empty && device.getType() != nd_type.LOOPBACK) {
        throw new UnsupportedException(
            "network device " + device.getName(),
            "a device of type " + device.getType() + " is not brought back; give --empty-ns net");
      }
    }
    boolean up = empty || devices.isEmpty() || (devices.get(0).getFlags() & IFF_UP) != 0;
    return up ? NetNamespace::planLoopbackUp : program -> {};
  }

  private static List<net_device_entry> devices(ReturnedNamespace namespace) {
    return namespace.images().entries(ImageType.NETDEV, namespace.id(), net_device_entry.parser());
  }

  /** Appends the calls that bring the loopback device of the caller's new namespace up. */
  private static void planLoopbackUp(Program program) {
    String purpose = "bringing the loopback device up";
    Op socket =
        program
            .call(purpose + ": socket", Nr.SYS_socket)
            .arg(Socket.AF_INET)
            .arg(SOCK_DGRAM_CLOEXEC)
            .arg(0);
    Data request = program.reserve(IFREQ_BYTES);
    request.putBytes(0, new byte[] {'l', 'o'}).putShort(IFNAME_BYTES, IFF_UP);
    program.call(purpose, Nr.SYS_ioctl).arg(socket).arg(SIOCSIFFLAGS).arg(request);
    program.call(purpose + ": closing the socket", Nr.SYS_close).arg(socket);
  }
}
