// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.ErrnoException;
import java.io.IOException;

/** The features that CRIU 4.2 knows by name, as {@code check --feature} takes them. */
public enum Feature {
  MNT_ID("mnt_id", Group.EXTRA, ProcProbes::mountId),
  MEM_DIRTY_TRACK("mem_dirty_track", Group.EXTRA, MemoryProbes::softDirty),
  AIO_REMAP("aio_remap", Group.EXTRA, MemoryProbes::aioRemap),
  TIMERFD("timerfd", Group.EXTRA, CallProbes::timerfdTicks),
  TUN("tun", Group.EXTRA, CallProbes::tun),
  TUN_NS("tun_ns", Group.NAMED, CallProbes::tunNamespace),
  USERNS("userns", Group.EXTRA, ProcProbes::userNamespace),
  FDINFO_LOCK("fdinfo_lock", Group.EXTRA, ProcProbes::fileLocks),
  SECCOMP_SUSPEND("seccomp_suspend", Group.EXTRA, TaskProbes::suspendSeccomp),
  SECCOMP_FILTERS("seccomp_filters", Group.EXTRA, CallProbes::seccompFilters),
  LOGINUID("loginuid", Group.EXTRA, ProcProbes::loginUid),
  CGROUPNS("cgroupns", Group.EXTRA, ProcProbes::cgroupNamespace),
  AUTOFS("autofs", Group.EXPERIMENTAL, CallProbes::autofs),
  TCP_HALF_CLOSED("tcp_half_closed", Group.EXTRA, SocketProbes::halfClosedTcp),
  COMPAT_CR("compat_cr", Group.EXPERIMENTAL, CallProbes::compatVdso),
  UFFD("uffd", Group.EXTRA, MemoryProbes::userfaultfd),
  UFFD_NONCOOP("uffd-noncoop", Group.EXTRA, MemoryProbes::userfaultfdEvents),
  CAN_MAP_VDSO("can_map_vdso", Group.EXTRA, CallProbes::mapVdso),
  SK_NS("sk_ns", Group.EXTRA, SocketProbes::namespace),
  SK_UNIX_FILE("sk_unix_file", Group.EXTRA, SocketProbes::unixFile),
  NET_DIAG_RAW("net_diag_raw", Group.EXTRA, SocketProbes::rawDiag),
  NSID("nsid", Group.EXTRA, SocketProbes::namespaceId),
  LINK_NSID("link_nsid", Group.EXTRA, SocketProbes::linkByNamespaceId),
  KCMP_EPOLL("kcmp_epoll", Group.EXTRA, CallProbes::kcmpEpoll),
  TIMENS("timens", Group.EXTRA, ProcProbes::timeNamespace),
  EXTERNAL_NET_NS("external_net_ns", Group.NAMED, ProcProbes::netNamespace),
  CLONE3_SET_TID("clone3_set_tid", Group.EXTRA, CallProbes::clone3SetTid),
  NEWIFINDEX("newifindex", Group.EXTRA, SocketProbes::newIndex),
  NFTABLES("nftables", Group.EXTRA, SocketProbes::nftables),
  HAS_IPT_LEGACY("has_ipt_legacy", Group.NAMED, ProcProbes::iptablesLegacy),
  PIDFD_STORE("pidfd_store", Group.EXTRA, CallProbes::pidfdGetfd),
  NS_PID("ns_pid", Group.EXTRA, ProcProbes::pidsInNamespaces),
  APPARMOR_STACKING("apparmor_stacking", Group.EXTRA, ProcProbes::appArmorStacking),
  NETWORK_LOCK_NFTABLES("network_lock_nftables", Group.EXTRA, SocketProbes::nftables),
  SOCKOPT_BUF_LOCK("sockopt_buf_lock", Group.EXTRA, SocketProbes::bufferLock),
  MEMFD_HUGETLB("memfd_hugetlb", Group.EXTRA, MemoryProbes::hugeMemfd),
  MOVE_MOUNT_SET_GROUP("move_mount_set_group", Group.EXTRA, CallProbes::mountSetGroup),
  OPENAT2("openat2", Group.EXTRA, CallProbes::openat2),
  GET_RSEQ_CONF("get_rseq_conf", Group.EXTRA, TaskProbes::rseqConfiguration),
  IPV6_FREEBIND("ipv6_freebind", Group.EXTRA, SocketProbes::freebind),
  PAGEMAP_SCAN("pagemap_scan", Group.EXTRA, MemoryProbes::pagemapScan),
  TIMER_CR_IDS("timer_cr_ids", Group.EXTRA, CallProbes::timerIds),
  OVERLAYFS_MAPS("overlayfs_maps", Group.EXTRA, OverlayProbe::maps),
  BREAKPOINTS("breakpoints", Group.EXTRA, TaskProbes::breakpoints),
  PAGEMAP_SCAN_GUARD_PAGES("pagemap_scan_guard_pages", Group.EXTRA, MemoryProbes::guardPages);

  /** Which {@code check} asks for a feature without being told its name. */
  public enum Group {
    /** {@code check --extra}. */
    EXTRA,
    /** {@code check --experimental}. */
    EXPERIMENTAL,
    /** Only {@code check --feature}. */
    NAMED
  }

  private final String criuName;
  private final Group group;

  // Probes are methods without state.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Probe probe;

  Feature(String criuName, Group group, Probe probe) {
    this.criuName = criuName;
    this.group = group;
    this.probe = probe;
  }

  /** CRIU's name of it. */
  public String criuName() {
    return criuName;
  }

  /** Which check asks for it. */
  public Group group() {
    return group;
  }

  /** The feature of a name, null when CRIU has none. */
  public static Feature of(String criuName) {
    for (Feature feature : values()) {
      if (feature.criuName.equals(criuName)) {
        return feature;
      }
    }
    return null;
  }

  /** What is missing of it; null when it is there. */
  public String missing() {
    return missing(probe);
  }

  /** Runs a probe; an error that it does not expect is what is missing. */
  static String missing(Probe probe) {
    try {
      return probe.missing();
    } catch (ErrnoException | IOException e) {
      return e.getMessage();
    }
  }
}
