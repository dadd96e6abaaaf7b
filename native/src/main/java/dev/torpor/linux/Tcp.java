// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Options of TCP, UDP and IP sockets. include/uapi/linux/tcp.h, udp.h, in.h, in6.h. */
public final class Tcp {

  // include/uapi/linux/tcp.h. Repair since Linux 3.5, TIMESTAMP 3.9, window 4.8.
  public static final int TCP_NODELAY = 1;
  public static final int TCP_MAXSEG = 2;
  public static final int TCP_CORK = 3;
  public static final int TCP_KEEPIDLE = 4;
  public static final int TCP_KEEPINTVL = 5;
  public static final int TCP_KEEPCNT = 6;
  public static final int TCP_SYNCNT = 7;
  public static final int TCP_LINGER2 = 8;
  public static final int TCP_DEFER_ACCEPT = 9;
  public static final int TCP_WINDOW_CLAMP = 10;
  public static final int TCP_INFO = 11;
  public static final int TCP_QUICKACK = 12;
  public static final int TCP_CONGESTION = 13;
  public static final int TCP_MD5SIG = 14;
  public static final int TCP_THIN_LINEAR_TIMEOUTS = 16;
  public static final int TCP_THIN_DUPACK = 17;
  public static final int TCP_USER_TIMEOUT = 18;
  public static final int TCP_REPAIR = 19;
  public static final int TCP_REPAIR_QUEUE = 20;
  public static final int TCP_QUEUE_SEQ = 21;
  public static final int TCP_REPAIR_OPTIONS = 22;
  public static final int TCP_FASTOPEN = 23;
  public static final int TCP_TIMESTAMP = 24;
  public static final int TCP_NOTSENT_LOWAT = 25;
  public static final int TCP_CC_INFO = 26;
  public static final int TCP_SAVE_SYN = 27;
  public static final int TCP_SAVED_SYN = 28;
  public static final int TCP_REPAIR_WINDOW = 29;
  public static final int TCP_FASTOPEN_CONNECT = 30;
  public static final int TCP_ULP = 31;
  public static final int TCP_MD5SIG_EXT = 32;
  public static final int TCP_FASTOPEN_KEY = 33;
  public static final int TCP_FASTOPEN_NO_COOKIE = 34;
  public static final int TCP_ZEROCOPY_RECEIVE = 35;
  public static final int TCP_INQ = 36;
  public static final int TCP_TX_DELAY = 37;
  // Since Linux 6.15.
  public static final int TCP_RTO_MAX_MS = 44;
  public static final int TCP_RTO_MIN_US = 45;
  public static final int TCP_DELACK_MAX_US = 46;
  public static final int TCP_REPAIR_ON = 1;
  public static final int TCP_REPAIR_OFF = 0;
  public static final int TCP_REPAIR_OFF_NO_WP = -1;
  public static final int TCP_NO_QUEUE = 0;
  public static final int TCP_RECV_QUEUE = 1;
  public static final int TCP_SEND_QUEUE = 2;
  public static final int TCP_QUEUES_NR = 3;
  public static final int TCPI_OPT_TIMESTAMPS = 1;
  public static final int TCPI_OPT_SACK = 2;
  public static final int TCPI_OPT_WSCALE = 4;
  public static final int TCPI_OPT_ECN = 8;
  public static final int TCPI_OPT_ECN_SEEN = 16;
  public static final int TCPI_OPT_SYN_DATA = 32;

  // What TCP_REPAIR_OPTIONS calls options, include/net/tcp.h.
  public static final int TCPOPT_MSS = 2;
  public static final int TCPOPT_WINDOW = 3;
  public static final int TCPOPT_SACK_PERM = 4;
  public static final int TCPOPT_TIMESTAMP = 8;

  // include/net/tcp_states.h; TCP_BOUND_INACTIVE since Linux 6.8.
  public static final int TCP_ESTABLISHED = 1;
  public static final int TCP_SYN_SENT = 2;
  public static final int TCP_SYN_RECV = 3;
  public static final int TCP_FIN_WAIT1 = 4;
  public static final int TCP_FIN_WAIT2 = 5;
  public static final int TCP_TIME_WAIT = 6;
  public static final int TCP_CLOSE = 7;
  public static final int TCP_CLOSE_WAIT = 8;
  public static final int TCP_LAST_ACK = 9;
  public static final int TCP_LISTEN = 10;
  public static final int TCP_CLOSING = 11;
  public static final int TCP_NEW_SYN_RECV = 12;
  public static final int TCP_BOUND_INACTIVE = 13;

  // include/uapi/linux/udp.h; UDP_REPAIR reads as TCP_REPAIR.
  public static final int UDP_CORK = 1;
  public static final int UDP_ENCAP = 100;
  public static final int UDP_NO_CHECK6_TX = 101;
  public static final int UDP_NO_CHECK6_RX = 102;
  public static final int UDP_SEGMENT = 103;
  public static final int UDP_GRO = 104;
  public static final int UDP_ENCAP_ESPINUDP = 2;
  public static final int UDPLITE_SEND_CSCOV = 10;
  public static final int UDPLITE_RECV_CSCOV = 11;

  // Protocols, include/uapi/linux/in.h.
  public static final int IPPROTO_IP = 0;
  public static final int IPPROTO_ICMP = 1;
  public static final int IPPROTO_IGMP = 2;
  public static final int IPPROTO_TCP = 6;
  public static final int IPPROTO_UDP = 17;
  public static final int IPPROTO_IPV6 = 41;
  public static final int IPPROTO_ICMPV6 = 58;
  public static final int IPPROTO_UDPLITE = 136;
  public static final int IPPROTO_RAW = 255;
  public static final int IPPROTO_SCTP = 132;
  public static final int IPPROTO_MPTCP = 262;
  public static final int IP_TOS = 1;
  public static final int IP_TTL = 2;
  public static final int IP_HDRINCL = 3;
  public static final int IP_OPTIONS = 4;
  public static final int IP_ROUTER_ALERT = 5;
  public static final int ICMP_FILTER = 1;
  public static final int IPV6_ROUTER_ALERT = 22;
  public static final int IPV6_HDRINCL = 36;
  public static final int IP_RECVOPTS = 6;
  public static final int IP_RETOPTS = 7;
  public static final int IP_PKTINFO = 8;
  public static final int IP_MTU_DISCOVER = 10;
  public static final int IP_RECVERR = 11;
  public static final int IP_RECVTTL = 12;
  public static final int IP_RECVTOS = 13;
  public static final int IP_FREEBIND = 15;
  public static final int IP_TRANSPARENT = 19;
  public static final int IP_BIND_ADDRESS_NO_PORT = 24;
  public static final int IP_MULTICAST_IF = 32;
  public static final int IP_MULTICAST_TTL = 33;
  public static final int IP_MULTICAST_LOOP = 34;
  public static final int IP_UNICAST_IF = 50;
  public static final int MCAST_JOIN_GROUP = 42;
  public static final int MCAST_BLOCK_SOURCE = 43;
  public static final int MCAST_JOIN_SOURCE_GROUP = 46;
  public static final int MCAST_MSFILTER = 48;
  public static final int MCAST_EXCLUDE = 0;
  public static final int MCAST_INCLUDE = 1;
  public static final int IP_MINTTL = 21;
  public static final int IP_NODEFRAG = 22;
  public static final int IP_CHECKSUM = 23;
  public static final int IP_RECVFRAGSIZE = 25;
  public static final int IP_RECVERR_RFC4884 = 26;
  public static final int IP_PASSSEC = 18;
  public static final int IP_RECVORIGDSTADDR = 20;
  public static final int IP_MULTICAST_ALL = 49;
  // Since Linux 6.3.
  public static final int IP_LOCAL_PORT_RANGE = 51;

  // include/uapi/linux/in6.h.
  public static final int IPV6_UNICAST_HOPS = 16;
  public static final int IPV6_MULTICAST_IF = 17;
  public static final int IPV6_MULTICAST_HOPS = 18;
  public static final int IPV6_MULTICAST_LOOP = 19;
  public static final int IPV6_MTU_DISCOVER = 23;
  public static final int IPV6_RECVERR = 25;
  public static final int IPV6_V6ONLY = 26;
  public static final int IPV6_RECVPKTINFO = 49;
  public static final int IPV6_PKTINFO = 50;
  public static final int IPV6_HOPLIMIT = 52;
  public static final int IPV6_RECVFRAGSIZE = 77;
  public static final int IPV6_UNICAST_IF = 76;
  public static final int IPV6_RECVORIGDSTADDR = 74;
  public static final int IPV6_MINHOPCOUNT = 73;
  public static final int IPV6_AUTOFLOWLABEL = 70;
  public static final int IPV6_RECVTCLASS = 66;
  public static final int IPV6_DONTFRAG = 62;
  public static final int IPV6_RECVPATHMTU = 60;
  public static final int IPV6_RECVDSTOPTS = 58;
  public static final int IPV6_RECVRTHDR = 56;
  public static final int IPV6_RECVHOPOPTS = 53;
  public static final int IPV6_RECVHOPLIMIT = 51;
  public static final int IPV6_FLOWINFO = 11;
  public static final int IPV6_RECVERR_RFC4884 = 31;
  public static final int IPV6_MULTICAST_ALL = 29;
  public static final int IPV6_TCLASS = 67;
  public static final int IPV6_TRANSPARENT = 75;
  public static final int IPV6_FREEBIND = 78;
  public static final int IPV6_FLOWINFO_SEND = 33;
  public static final int IPV6_ADDR_PREFERENCES = 72;
  public static final int IPV6_CHECKSUM = 7;

  private Tcp() {}

  /** Offsets within {@code struct tcp_info}. */
  public static final class TcpInfo {
    public static final int SIZEOF = 232;
    public static final int tcpi_state = 0;
    public static final int tcpi_ca_state = 1;
    public static final int tcpi_retransmits = 2;
    public static final int tcpi_probes = 3;
    public static final int tcpi_backoff = 4;
    public static final int tcpi_options = 5;
    public static final int tcpi_rto = 8;
    public static final int tcpi_ato = 12;
    public static final int tcpi_snd_mss = 16;
    public static final int tcpi_rcv_mss = 20;
    public static final int tcpi_unacked = 24;
    public static final int tcpi_sacked = 28;
    public static final int tcpi_lost = 32;
    public static final int tcpi_retrans = 36;
    public static final int tcpi_pmtu = 60;
    public static final int tcpi_rcv_ssthresh = 64;
    public static final int tcpi_rtt = 68;
    public static final int tcpi_snd_cwnd = 80;
    public static final int tcpi_advmss = 84;
    public static final int tcpi_rcv_space = 96;
    public static final int tcpi_notsent_bytes = 144;
    public static final int tcpi_snd_wnd = 228;

    private TcpInfo() {}
  }

  /** The byte of {@link TcpInfo} with tcpi_snd_wscale (low half) and tcpi_rcv_wscale. */
  public static final int TCPI_WSCALE_OFFSET = 6;

  /** Offsets within {@code struct tcp_repair_opt}. */
  public static final class TcpRepairOpt {
    public static final int SIZEOF = 8;
    public static final int opt_code = 0;
    public static final int opt_val = 4;

    private TcpRepairOpt() {}
  }

  /** Offsets within {@code struct tcp_repair_window}. */
  public static final class TcpRepairWindow {
    public static final int SIZEOF = 20;
    public static final int snd_wl1 = 0;
    public static final int snd_wnd = 4;
    public static final int max_window = 8;
    public static final int rcv_wnd = 12;
    public static final int rcv_wup = 16;

    private TcpRepairWindow() {}
  }

  /** Offsets within {@code struct group_req}. */
  public static final class GroupReq {
    public static final int SIZEOF = 136;
    public static final int gr_interface = 0;
    public static final int gr_group = 8;

    private GroupReq() {}
  }

  /** Offsets within {@code struct group_source_req}. */
  public static final class GroupSourceReq {
    public static final int SIZEOF = 264;
    public static final int gsr_interface = 0;
    public static final int gsr_group = 8;
    public static final int gsr_source = 136;

    private GroupSourceReq() {}
  }

  /** Offsets within {@code struct group_filter}, which ends with any number of sources. */
  public static final class GroupFilter {
    public static final int gf_interface = 0;
    public static final int gf_group = 8;
    public static final int gf_fmode = 136;
    public static final int gf_numsrc = 140;
    public static final int gf_slist = 144;

    private GroupFilter() {}
  }
}
