// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * What devices, addresses, routes and neighbours are made of. include/uapi/linux/rtnetlink.h,
 * if_link.h, if_addr.h, neighbour.h, nexthop.h, xfrm.h.
 */
public final class Rtnetlink {

  // Devices, include/uapi/linux/if_link.h.
  public static final int IFLA_AF_SPEC = 26;
  public static final int IFLA_INET6_ADDR_GEN_MODE = 8;
  public static final int IN6_ADDR_GEN_MODE_NONE = 1;
  public static final int IFLA_GSO_MAX_SEGS = 40;
  public static final int IFLA_GSO_MAX_SIZE = 41;
  public static final int IFLA_XDP = 43;
  public static final int IFLA_PROP_LIST = 52;
  public static final int IFLA_GRO_MAX_SIZE = 58;
  public static final int IFLA_INFO_SLAVE_KIND = 4;
  public static final int IFLA_INFO_SLAVE_DATA = 5;
  public static final int IFLA_MACVLAN_MODE = 1;
  public static final int IFLA_MACVLAN_FLAGS = 2;
  public static final int IFLA_XDP_ATTACHED = 2;
  public static final int IFLA_BR_FORWARD_DELAY = 1;
  public static final int IFLA_BR_HELLO_TIME = 2;
  public static final int IFLA_BR_MAX_AGE = 3;
  public static final int IFLA_BR_AGEING_TIME = 4;
  public static final int IFLA_BR_STP_STATE = 5;
  public static final int IFLA_BR_PRIORITY = 6;
  public static final int IFLA_BR_VLAN_FILTERING = 7;
  public static final int IFLA_BR_GROUP_FWD_MASK = 9;
  public static final int IFLA_BR_MCAST_SNOOPING = 23;
  public static final int IFLA_BR_MCAST_ROUTER = 22;
  public static final int IFLA_BR_MCAST_QUERIER = 25;
  public static final int IFLA_BR_NF_CALL_IPTABLES = 36;
  public static final int IFLA_BR_NF_CALL_IP6TABLES = 37;
  public static final int IFLA_BR_NF_CALL_ARPTABLES = 38;
  public static final int IFLA_BR_MCAST_IGMP_VERSION = 43;
  public static final int IFLA_BR_MCAST_MLD_VERSION = 44;
  public static final int IFLA_BRPORT_COST = 3;
  public static final int IFLA_BRPORT_FAST_LEAVE = 7;
  public static final int IFLA_BRPORT_PROXYARP = 10;
  public static final int IFLA_BRPORT_MULTICAST_ROUTER = 25;
  public static final int IFLA_BRPORT_MCAST_FLOOD = 27;
  public static final int IFLA_BRPORT_MCAST_TO_UCAST = 28;
  public static final int IFLA_BRPORT_BCAST_FLOOD = 30;
  public static final int IFLA_BRPORT_GROUP_FWD_MASK = 31;
  public static final int IFLA_BRPORT_NEIGH_SUPPRESS = 32;
  public static final int IFLA_BRPORT_PRIORITY = 2;
  public static final int IFLA_BRPORT_MODE = 4;
  public static final int IFLA_BRPORT_GUARD = 5;
  public static final int IFLA_BRPORT_PROTECT = 6;
  public static final int IFLA_BRPORT_LEARNING = 8;
  public static final int IFLA_BRPORT_UNICAST_FLOOD = 9;
  public static final int IFLA_BRPORT_ISOLATED = 33;

  // Addresses, include/uapi/linux/if_addr.h.
  public static final int IFA_FLAGS = 8;
  public static final int IFA_F_NODAD = 0x2;
  public static final int IFA_F_TEMPORARY = 0x1;
  public static final int IFA_F_TENTATIVE = 0x40;

  // Routes, include/uapi/linux/rtnetlink.h.
  public static final int RTA_GATEWAY = 5;
  public static final int RTA_MULTIPATH = 9;
  public static final int RTA_CACHEINFO = 12;
  public static final int RTA_TABLE = 15;
  public static final int RTA_VIA = 18;
  public static final int RTA_EXPIRES = 23;
  public static final int RTA_NH_ID = 30;
  public static final int RTPROT_KERNEL = 2;
  public static final int RTM_F_CLONED = 0x200;
  public static final int RTNH_F_ONLINK = 4;
  public static final int RTNH_F_PERVASIVE = 2;
  public static final int RTNH_F_DEAD = 1;
  public static final int RTNH_F_LINKDOWN = 16;

  // Neighbours, include/uapi/linux/neighbour.h.
  public static final int NDA_DST = 1;
  public static final int NDA_LLADDR = 2;
  public static final int NDA_CACHEINFO = 3;
  public static final int NDA_PROBES = 4;
  public static final int NDA_MASTER = 9;
  public static final int NUD_NOARP = 0x40;
  public static final int NUD_PERMANENT = 0x80;
  public static final int NTF_PROXY = 0x8;

  // What else a namespace can have.
  public static final int RTM_GETQDISC = 38;
  public static final int RTM_GETNEXTHOP = 106;
  public static final int TCA_KIND = 1;
  public static final int NETLINK_XFRM = 6;
  public static final int XFRM_MSG_GETSA = 0x12;
  public static final int XFRM_MSG_GETPOLICY = 0x15;

  private Rtnetlink() {}

  /** Offsets within {@code struct ndmsg}. */
  public static final class Ndmsg {
    public static final int SIZEOF = 12;
    public static final int ndm_family = 0;
    public static final int ndm_ifindex = 4;
    public static final int ndm_state = 8;
    public static final int ndm_flags = 10;

    private Ndmsg() {}
  }

  /** Offsets within {@code struct rtnexthop}. */
  public static final class Rtnexthop {
    public static final int SIZEOF = 8;
    public static final int rtnh_len = 0;
    public static final int rtnh_flags = 2;

    private Rtnexthop() {}
  }

  /** Offsets within {@code struct rta_cacheinfo}; times are in 1/100 s. */
  public static final class RtaCacheinfo {
    public static final int SIZEOF = 32;
    public static final int rta_expires = 8;

    private RtaCacheinfo() {}
  }

  /** Offsets within {@code struct tcmsg}. */
  public static final class Tcmsg {
    public static final int SIZEOF = 20;
    public static final int tcm_ifindex = 4;
    public static final int tcm_handle = 8;

    private Tcmsg() {}
  }

  /** Offsets within {@code struct nhmsg}. */
  public static final class Nhmsg {
    public static final int SIZEOF = 8;

    private Nhmsg() {}
  }
}
