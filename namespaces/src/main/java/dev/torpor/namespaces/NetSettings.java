// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.netns_id;
import dev.torpor.inject.Program;
import java.util.List;

/**
 * The settings of a network namespace that images carry: those of IP for all devices, for new ones
 * and for loopback, and two others. Documentation/networking/ip-sysctl.rst of the kernel.
 */
final class NetSettings {
  /** The order of CRIU 4.2, devconfs4 in criu/net.c. */
  private static final List<String> IPV4 =
      List.of(
          "accept_local",
          "accept_redirects",
          "accept_source_route",
          "arp_accept",
          "arp_announce",
          "arp_filter",
          "arp_ignore",
          "arp_notify",
          "bootp_relay",
          "disable_policy",
          "disable_xfrm",
          "force_igmp_version",
          "forwarding",
          "igmpv2_unsolicited_report_interval",
          "igmpv3_unsolicited_report_interval",
          "log_martians",
          "medium_id",
          "promote_secondaries",
          "proxy_arp",
          "proxy_arp_pvlan",
          "route_localnet",
          "rp_filter",
          "secure_redirects",
          "send_redirects",
          "shared_media",
          "src_valid_mark",
          "tag",
          "ignore_routes_with_linkdown",
          "drop_gratuitous_arp",
          "drop_unicast_in_l2_multicast");

  /** The order of CRIU 4.2, devconfs6 in criu/net.c. */
  private static final List<String> IPV6 =
      List.of(
          "accept_dad",
          "accept_ra",
          "accept_ra_defrtr",
          "accept_ra_from_local",
          "accept_ra_min_hop_limit",
          "accept_ra_mtu",
          "accept_ra_pinfo",
          "accept_ra_rt_info_max_plen",
          "accept_ra_rtr_pref",
          "accept_redirects",
          "accept_source_route",
          "autoconf",
          "dad_transmits",
          "disable_ipv6",
          "drop_unicast_in_l2_multicast",
          "drop_unsolicited_na",
          "force_mld_version",
          "force_tllao",
          "forwarding",
          "hop_limit",
          "ignore_routes_with_linkdown",
          "keep_addr_on_down",
          "max_addresses",
          "max_desync_factor",
          "mldv1_unsolicited_report_interval",
          "mldv2_unsolicited_report_interval",
          "mtu",
          "ndisc_notify",
          "optimistic_dad",
          "proxy_ndp",
          "regen_max_retry",
          "router_probe_interval",
          "router_solicitation_delay",
          "router_solicitation_interval",
          "router_solicitations",
          "stable_secret",
          "suppress_frag_ndisc",
          "temp_prefered_lft",
          "temp_valid_lft",
          "use_oif_addrs_only",
          "use_optimistic",
          "use_tempaddr");

  private static final SysctlList ALL4 = inet("all");
  private static final SysctlList DEFAULT4 = inet("default");
  private static final SysctlList LOOPBACK4 = inet(Loopback.NAME);
  private static final SysctlList ALL6 = inet6("all");
  private static final SysctlList DEFAULT6 = inet6("default");
  private static final SysctlList LOOPBACK6 = inet6(Loopback.NAME);
  private static final SysctlList UNIX = new SysctlList("net/unix", List.of("max_dgram_qlen"));
  private static final SysctlList OTHER4 = new SysctlList("net/ipv4", List.of("ping_group_range"));

  private static final String CONF4 = "net/ipv4/conf/";
  private static final String CONF6 = "net/ipv6/conf/";

  private NetSettings() {}

  /** Those of IPv4 of a device, of {@code all} or of {@code default}. */
  static SysctlList inet(String device) {
    return new SysctlList(CONF4 + device, IPV4);
  }

  /** The same of IPv6. */
  static SysctlList inet6(String device) {
    return new SysctlList(CONF6 + device, IPV6);
  }

  /** Whether a file below /proc/sys is among them; devices have them all. */
  static boolean carry(String path) {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    if (path.startsWith(CONF4)) {
      return IPV4.contains(name);
    }
    if (path.startsWith(CONF6)) {
      return IPV6.contains(name);
    }
    return UNIX.has(path) || OTHER4.has(path);
  }

  /** Fills in those of the thread's namespace; {@code sys} is where /proc/sys is. */
  static netns_entry.Builder capture(String sys, netns_entry.Builder all) {
    return all.addAllDefConf4(DEFAULT4.capture(sys))
        .addAllAllConf4(ALL4.capture(sys))
        .addAllDefConf6(DEFAULT6.capture(sys))
        .addAllAllConf6(ALL6.capture(sys))
        .addAllUnixConf(UNIX.capture(sys))
        .addAllIpv4Sysctl(OTHER4.capture(sys));
  }

  /** Refuses what stands beside them in the same images and is not brought back. */
  static void check(ReturnedNamespace namespace, netns_entry all, List<net_device_entry> devices) {
    int old = all.getDefConfCount() + all.getAllConfCount();
    for (net_device_entry device : devices) {
      old += device.getConfCount();
    }
    if (old > 0) {
      throw NetImage.lost(namespace, ImageType.NETNS, "a list of settings from before CRIU 2.6");
    }
    for (netns_id other : all.getNsidsList()) {
      // An id of its own, which it gets again once a device is tied to another of it.
      if (other.getTargetNsId() != namespace.id()) {
        throw NetImage.lost(
            namespace, ImageType.NETNS, "the id that another network namespace has in this one");
      }
    }
  }

  /**
   * Appends the calls that set them. One for all devices can set that of new ones and of loopback,
   * and one for new ones that of loopback, so this is the order.
   */
  static void plan(
      ReturnedNamespace namespace, netns_entry all, net_device_entry loopback, Program program) {
    ALL4.plan(namespace, all.getAllConf4List(), program);
    DEFAULT4.plan(namespace, all.getDefConf4List(), program);
    LOOPBACK4.plan(namespace, loopback.getConf4List(), program);
    ALL6.plan(namespace, all.getAllConf6List(), program);
    DEFAULT6.plan(namespace, all.getDefConf6List(), program);
    LOOPBACK6.plan(namespace, loopback.getConf6List(), program);
    UNIX.plan(namespace, all.getUnixConfList(), program);
    OTHER4.plan(namespace, all.getIpv4SysctlList(), program);
  }
}
