// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** What NETLINK_SOCK_DIAG tells of sockets. include/uapi/linux/sock_diag.h and the *_diag.h. */
public final class SockDiag {

  public static final int SOCK_DIAG_BY_FAMILY = 20;
  public static final int SOCK_DESTROY = 21;
  public static final int SK_MEMINFO_RMEM_ALLOC = 0;
  public static final int SK_MEMINFO_RCVBUF = 1;
  public static final int SK_MEMINFO_WMEM_ALLOC = 2;
  public static final int SK_MEMINFO_SNDBUF = 3;
  public static final int SK_MEMINFO_VARS = 9;
  public static final long INET_DIAG_NOCOOKIE = 0xffffffffL;
  public static final int INET_DIAG_MEMINFO = 0x1;
  public static final int INET_DIAG_INFO = 0x2;
  public static final int INET_DIAG_VEGASINFO = 0x3;
  public static final int INET_DIAG_CONG = 0x4;
  public static final int INET_DIAG_TOS = 0x5;
  public static final int INET_DIAG_TCLASS = 0x6;
  public static final int INET_DIAG_SKMEMINFO = 0x7;
  public static final int INET_DIAG_SHUTDOWN = 0x8;
  public static final int INET_DIAG_PROTOCOL = 0xa;
  public static final int INET_DIAG_SKV6ONLY = 0xb;
  public static final int INET_DIAG_LOCALS = 0xc;
  public static final int INET_DIAG_PEERS = 0xd;
  public static final int INET_DIAG_MARK = 0xf;
  public static final int INET_DIAG_REQ_BYTECODE = 0x1;
  public static final int INET_DIAG_SOCKOPT = 0x16;
  public static final int INET_DIAG_CGROUP_ID = 0x15;
  public static final int UDIAG_SHOW_NAME = 0x1;
  public static final int UDIAG_SHOW_VFS = 0x2;
  public static final int UDIAG_SHOW_PEER = 0x4;
  public static final int UDIAG_SHOW_ICONS = 0x8;
  public static final int UDIAG_SHOW_RQLEN = 0x10;
  public static final int UDIAG_SHOW_MEMINFO = 0x20;
  public static final int UDIAG_SHOW_UID = 0x40;
  public static final int UNIX_DIAG_NAME = 0;
  public static final int UNIX_DIAG_VFS = 1;
  public static final int UNIX_DIAG_PEER = 2;
  public static final int UNIX_DIAG_ICONS = 3;
  public static final int UNIX_DIAG_RQLEN = 4;
  public static final int UNIX_DIAG_MEMINFO = 5;
  public static final int UNIX_DIAG_SHUTDOWN = 6;
  public static final int UNIX_DIAG_UID = 7;
  public static final int PACKET_SHOW_INFO = 0x1;
  public static final int PACKET_SHOW_MCLIST = 0x2;
  public static final int PACKET_SHOW_RING_CFG = 0x4;
  public static final int PACKET_SHOW_FANOUT = 0x8;
  public static final int PACKET_SHOW_MEMINFO = 0x10;
  public static final int PACKET_SHOW_FILTER = 0x20;
  public static final int PACKET_DIAG_INFO = 0;
  public static final int PACKET_DIAG_MCLIST = 1;
  public static final int PACKET_DIAG_RX_RING = 2;
  public static final int PACKET_DIAG_TX_RING = 3;
  public static final int PACKET_DIAG_FANOUT = 4;
  public static final int PACKET_DIAG_UID = 5;
  public static final int PACKET_DIAG_MEMINFO = 6;
  public static final int PACKET_DIAG_FILTER = 7;
  public static final int NDIAG_PROTO_ALL = 0xff;
  public static final int NDIAG_SHOW_MEMINFO = 0x1;
  public static final int NDIAG_SHOW_GROUPS = 0x2;
  public static final int NDIAG_SHOW_RING_CFG = 0x4;
  public static final int NDIAG_SHOW_FLAGS = 0x8;
  public static final int NETLINK_DIAG_MEMINFO = 0x0;
  public static final int NETLINK_DIAG_GROUPS = 0x1;
  public static final int NETLINK_DIAG_FLAGS = 0x4;

  private SockDiag() {}

  /** Offsets within {@code struct inet_diag_req_v2}. */
  public static final class InetDiagReqV2 {
    public static final int SIZEOF = 56;
    public static final int sdiag_family = 0;
    public static final int sdiag_protocol = 1;
    public static final int idiag_ext = 2;
    public static final int idiag_states = 4;
    public static final int idiag_sport = 8;
    public static final int idiag_dport = 10;
    public static final int idiag_src = 12;
    public static final int idiag_dst = 28;
    public static final int idiag_if = 44;
    public static final int idiag_cookie = 48;

    private InetDiagReqV2() {}
  }

  /** Offsets within {@code struct inet_diag_msg}. */
  public static final class InetDiagMsg {
    public static final int SIZEOF = 72;
    public static final int idiag_family = 0;
    public static final int idiag_state = 1;
    public static final int idiag_timer = 2;
    public static final int idiag_retrans = 3;
    public static final int idiag_sport = 4;
    public static final int idiag_dport = 6;
    public static final int idiag_src = 8;
    public static final int idiag_dst = 24;
    public static final int idiag_if = 40;
    public static final int idiag_cookie = 44;
    public static final int idiag_expires = 52;
    public static final int idiag_rqueue = 56;
    public static final int idiag_wqueue = 60;
    public static final int idiag_uid = 64;
    public static final int idiag_inode = 68;

    private InetDiagMsg() {}
  }

  /** Offsets within {@code struct unix_diag_req}. */
  public static final class UnixDiagReq {
    public static final int SIZEOF = 24;
    public static final int sdiag_family = 0;
    public static final int sdiag_protocol = 1;
    public static final int udiag_states = 4;
    public static final int udiag_ino = 8;
    public static final int udiag_show = 12;
    public static final int udiag_cookie = 16;

    private UnixDiagReq() {}
  }

  /** Offsets within {@code struct unix_diag_msg}. */
  public static final class UnixDiagMsg {
    public static final int SIZEOF = 16;
    public static final int udiag_family = 0;
    public static final int udiag_type = 1;
    public static final int udiag_state = 2;
    public static final int udiag_ino = 4;
    public static final int udiag_cookie = 8;

    private UnixDiagMsg() {}
  }

  /** Offsets within {@code struct unix_diag_vfs}. */
  public static final class UnixDiagVfs {
    public static final int SIZEOF = 8;
    public static final int udiag_vfs_ino = 0;
    public static final int udiag_vfs_dev = 4;

    private UnixDiagVfs() {}
  }

  /** Offsets within {@code struct unix_diag_rqlen}. */
  public static final class UnixDiagRqlen {
    public static final int SIZEOF = 8;
    public static final int udiag_rqueue = 0;
    public static final int udiag_wqueue = 4;

    private UnixDiagRqlen() {}
  }

  /** Offsets within {@code struct packet_diag_req}. */
  public static final class PacketDiagReq {
    public static final int SIZEOF = 20;
    public static final int sdiag_family = 0;
    public static final int sdiag_protocol = 1;
    public static final int pdiag_ino = 4;
    public static final int pdiag_show = 8;
    public static final int pdiag_cookie = 12;

    private PacketDiagReq() {}
  }

  /** Offsets within {@code struct packet_diag_msg}. */
  public static final class PacketDiagMsg {
    public static final int SIZEOF = 16;
    public static final int pdiag_family = 0;
    public static final int pdiag_type = 1;
    public static final int pdiag_num = 2;
    public static final int pdiag_ino = 4;
    public static final int pdiag_cookie = 8;

    private PacketDiagMsg() {}
  }

  /** Offsets within {@code struct packet_diag_info}. */
  public static final class PacketDiagInfo {
    public static final int SIZEOF = 24;
    public static final int pdi_index = 0;
    public static final int pdi_version = 4;
    public static final int pdi_reserve = 8;
    public static final int pdi_copy_thresh = 12;
    public static final int pdi_tstamp = 16;
    public static final int pdi_flags = 20;

    private PacketDiagInfo() {}
  }

  public static final int PDI_AUXDATA = 0x2;
  public static final int PDI_ORIGDEV = 0x4;
  public static final int PDI_VNETHDR = 0x8;
  public static final int PDI_LOSS = 0x10;

  /** Offsets within {@code struct packet_diag_mclist}. */
  public static final class PacketDiagMclist {
    public static final int SIZEOF = 44;
    public static final int pdmc_index = 0;
    public static final int pdmc_count = 4;
    public static final int pdmc_type = 8;
    public static final int pdmc_alen = 10;
    public static final int pdmc_addr = 12;

    private PacketDiagMclist() {}
  }

  /** Offsets within {@code struct netlink_diag_req}. */
  public static final class NetlinkDiagReq {
    public static final int SIZEOF = 20;
    public static final int sdiag_family = 0;
    public static final int sdiag_protocol = 1;
    public static final int ndiag_ino = 4;
    public static final int ndiag_show = 8;
    public static final int ndiag_cookie = 12;

    private NetlinkDiagReq() {}
  }

  /** Offsets within {@code struct netlink_diag_msg}. */
  public static final class NetlinkDiagMsg {
    public static final int SIZEOF = 28;
    public static final int ndiag_family = 0;
    public static final int ndiag_type = 1;
    public static final int ndiag_protocol = 2;
    public static final int ndiag_state = 3;
    public static final int ndiag_portid = 4;
    public static final int ndiag_dst_portid = 8;
    public static final int ndiag_dst_group = 12;
    public static final int ndiag_ino = 16;
    public static final int ndiag_cookie = 20;

    private NetlinkDiagMsg() {}
  }
}
