// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * Netlink and rtnetlink. include/uapi/linux/netlink.h, rtnetlink.h, if_addr.h, if_link.h, if.h,
 * fib_rules.h.
 */
public final class Netlink {

  // Protocols.
  public static final int NETLINK_ROUTE = 0;
  public static final int NETLINK_SOCK_DIAG = 4;
  public static final int NETLINK_NETFILTER = 12;
  public static final int NETLINK_KOBJECT_UEVENT = 15;
  public static final int NETLINK_GENERIC = 16;
  public static final int NETLINK_AUDIT = 9;

  // Messages and flags, include/uapi/linux/netlink.h.
  public static final int NLMSG_NOOP = 1;
  public static final int NLMSG_ERROR = 2;
  public static final int NLMSG_DONE = 3;
  public static final int NLMSG_OVERRUN = 4;
  public static final int NLMSG_MIN_TYPE = 16;
  public static final int NLMSG_ALIGNTO = 4;
  public static final int NLA_ALIGNTO = 4;
  public static final int NLM_F_REQUEST = 0x1;
  public static final int NLM_F_MULTI = 0x2;
  public static final int NLM_F_ACK = 0x4;
  public static final int NLM_F_ECHO = 0x8;
  public static final int NLM_F_DUMP_INTR = 0x10;
  public static final int NLM_F_DUMP_FILTERED = 0x20;
  public static final int NLM_F_ROOT = 0x100;
  public static final int NLM_F_MATCH = 0x200;
  public static final int NLM_F_ATOMIC = 0x400;
  public static final int NLM_F_DUMP = 0x300;
  public static final int NLM_F_REPLACE = 0x100;
  public static final int NLM_F_EXCL = 0x200;
  public static final int NLM_F_CREATE = 0x400;
  public static final int NLM_F_APPEND = 0x800;
  public static final int NLM_F_CAPPED = 0x100;
  public static final int NLM_F_ACK_TLVS = 0x200;
  public static final int NLA_F_NESTED = 0x8000;
  public static final int NLA_F_NET_BYTEORDER = 0x4000;
  public static final int NLA_TYPE_MASK = -49153;
  public static final int NETLINK_ADD_MEMBERSHIP = 1;
  public static final int NETLINK_DROP_MEMBERSHIP = 2;
  public static final int NETLINK_PKTINFO = 3;
  public static final int NETLINK_BROADCAST_ERROR = 4;
  public static final int NETLINK_NO_ENOBUFS = 5;
  public static final int NETLINK_LISTEN_ALL_NSID = 8;
  public static final int NETLINK_LIST_MEMBERSHIPS = 9;
  public static final int NETLINK_CAP_ACK = 10;
  public static final int NETLINK_EXT_ACK = 11;
  public static final int NETLINK_GET_STRICT_CHK = 12;

  // rtnetlink, include/uapi/linux/rtnetlink.h.
  public static final int RTM_NEWLINK = 16;
  public static final int RTM_DELLINK = 17;
  public static final int RTM_GETLINK = 18;
  public static final int RTM_SETLINK = 19;
  public static final int RTM_NEWADDR = 20;
  public static final int RTM_DELADDR = 21;
  public static final int RTM_GETADDR = 22;
  public static final int RTM_NEWROUTE = 24;
  public static final int RTM_DELROUTE = 25;
  public static final int RTM_GETROUTE = 26;
  public static final int RTM_NEWNEIGH = 28;
  public static final int RTM_GETNEIGH = 30;
  public static final int RTM_NEWRULE = 32;
  public static final int RTM_DELRULE = 33;
  public static final int RTM_GETRULE = 34;
  public static final int RTM_NEWNSID = 88;
  public static final int RTM_GETNSID = 90;
  public static final int RTM_NEWNETCONF = 80;
  public static final int RTM_GETNETCONF = 82;
  public static final int IFA_ADDRESS = 1;
  public static final int IFA_LOCAL = 2;
  public static final int RTA_DST = 1;
  public static final int FR_ACT_TO_TBL = 1;
  public static final int FRA_PRIORITY = 6;
  public static final int FRA_SUPPRESS_PREFIXLEN = 14;
  public static final int FRA_TABLE = 15;
  public static final int FRA_PROTOCOL = 21;
  public static final int RT_TABLE_DEFAULT = 253;
  public static final int RT_TABLE_MAIN = 254;
  public static final int RT_TABLE_LOCAL = 255;
  public static final int IFLA_ADDRESS = 1;
  public static final int IFLA_BROADCAST = 2;
  public static final int IFLA_IFNAME = 3;
  public static final int IFLA_MTU = 4;
  public static final int IFLA_LINK = 5;
  public static final int IFLA_MASTER = 10;
  public static final int IFLA_LINKINFO = 18;
  public static final int IFLA_NET_NS_PID = 19;
  public static final int IFLA_NET_NS_FD = 28;
  public static final int IFLA_IFALIAS = 20;
  public static final int IFLA_GROUP = 27;
  public static final int IFLA_TXQLEN = 13;
  public static final int IFLA_LINK_NETNSID = 37;
  public static final int IFLA_TARGET_NETNSID = 46;
  public static final int IFLA_NEW_IFINDEX = 49;
  public static final int IFLA_INFO_KIND = 1;
  public static final int IFLA_INFO_DATA = 2;
  public static final int VETH_INFO_PEER = 1;
  public static final int NETNSA_NSID = 1;
  public static final int NETNSA_PID = 2;
  public static final int NETNSA_FD = 3;

  public static final int ARPHRD_LOOPBACK = 772;
  public static final int ARPHRD_ETHER = 1;

  // Interface flags, include/uapi/linux/if.h.
  public static final int IFF_UP = 0x1;
  public static final int IFF_BROADCAST = 0x2;
  public static final int IFF_LOOPBACK = 0x8;
  public static final int IFF_POINTOPOINT = 0x10;
  public static final int IFF_RUNNING = 0x40;
  public static final int IFF_NOARP = 0x80;
  public static final int IFF_PROMISC = 0x100;
  public static final int IFF_ALLMULTI = 0x200;
  public static final int IFF_MULTICAST = 0x1000;
  public static final int IFNAMSIZ = 16;

  private Netlink() {}

  /** Offsets within {@code struct nlmsghdr}. */
  public static final class Nlmsghdr {
    public static final int SIZEOF = 16;
    public static final int nlmsg_len = 0;
    public static final int nlmsg_type = 4;
    public static final int nlmsg_flags = 6;
    public static final int nlmsg_seq = 8;
    public static final int nlmsg_pid = 12;

    private Nlmsghdr() {}
  }

  /** Offsets within {@code struct nlmsgerr}. */
  public static final class Nlmsgerr {
    public static final int SIZEOF = 20;
    public static final int error = 0;
    public static final int msg = 4;

    private Nlmsgerr() {}
  }

  /** Offsets within {@code struct nlattr}. */
  public static final class Nlattr {
    public static final int SIZEOF = 4;
    public static final int nla_len = 0;
    public static final int nla_type = 2;

    private Nlattr() {}
  }

  /** Offsets within {@code struct ifinfomsg}. */
  public static final class Ifinfomsg {
    public static final int SIZEOF = 16;
    public static final int ifi_family = 0;
    public static final int ifi_type = 2;
    public static final int ifi_index = 4;
    public static final int ifi_flags = 8;
    public static final int ifi_change = 12;

    private Ifinfomsg() {}
  }

  /** Offsets within {@code struct ifaddrmsg}. */
  public static final class Ifaddrmsg {
    public static final int SIZEOF = 8;
    public static final int ifa_family = 0;
    public static final int ifa_prefixlen = 1;
    public static final int ifa_flags = 2;
    public static final int ifa_scope = 3;
    public static final int ifa_index = 4;

    private Ifaddrmsg() {}
  }

  /** Offsets within {@code struct rtmsg}. */
  public static final class Rtmsg {
    public static final int SIZEOF = 12;
    public static final int rtm_family = 0;
    public static final int rtm_dst_len = 1;
    public static final int rtm_src_len = 2;
    public static final int rtm_tos = 3;
    public static final int rtm_table = 4;
    public static final int rtm_protocol = 5;
    public static final int rtm_scope = 6;
    public static final int rtm_type = 7;
    public static final int rtm_flags = 8;

    private Rtmsg() {}
  }

  /** Offsets within {@code struct fib_rule_hdr}. */
  public static final class FibRuleHdr {
    public static final int SIZEOF = 12;
    public static final int family = 0;
    public static final int dst_len = 1;
    public static final int src_len = 2;
    public static final int tos = 3;
    public static final int table = 4;
    public static final int action = 7;
    public static final int flags = 8;

    private FibRuleHdr() {}
  }
}
