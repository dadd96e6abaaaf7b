// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import static dev.torpor.linux.Sched.CLONE_NEWNET;

import dev.torpor.cgroup.CgroupRoot;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.runtime.option.CpuCaps;
import dev.torpor.runtime.option.ExternalMount;
import dev.torpor.runtime.option.InheritedFd;
import dev.torpor.runtime.option.JoinedNamespace;
import dev.torpor.runtime.option.NetworkLock;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionsBuilder;
import java.util.List;

/**
 * Takes the fields of {@code criu_opts} into an {@link OptionsBuilder}.
 *
 * <p>Not taken here, since they name things in the client: images_dir_fd, images_dir, work_dir_fd,
 * and the log fields, see {@link RequestSetup}.
 */
final class RequestOptions {
  /** The only namespace that can be created empty; {@code CLONE_NEWNET} of linux/sched.h. */

  /** What protobuf makes of bytes that are no UTF-8. */
  private static final char REPLACEMENT = 0xfffd;

  private final criu_opts from;
  private final OptionsBuilder into;

  private RequestOptions(criu_opts from, OptionsBuilder into) {
    this.from = from;
    this.into = into;
  }

  /**
   * Takes every field that is set.
   *
   * @param peerPid the client, which is also what is dumped when no pid is given
   * @throws OptionException for a value that CRIU would answer with EBADRQC
   */
  static void take(criu_opts from, int peerPid, OptionsBuilder into) {
    RequestOptions options = new RequestOptions(from, into);
    into.treePid(from.hasPid() && from.getPid() != 0 ? from.getPid() : peerPid);
    into.logLevel(from.getLogLevel());
    options.flags();
    options.memory();
    options.texts();
    options.lists();
    options.cgroups();
    options.network();
  }

  private void flags() {
    flag(Opt.LEAVE_RUNNING, "leave_running", from.hasLeaveRunning(), from.getLeaveRunning());
    flag(Opt.LEAVE_STOPPED, "leave_stopped", from.hasLeaveStopped(), from.getLeaveStopped());
    flag(Opt.EXT_UNIX_SK, "ext_unix_sk", from.hasExtUnixSk(), from.getExtUnixSk());
    flag(
        Opt.TCP_ESTABLISHED, "tcp_established", from.hasTcpEstablished(), from.getTcpEstablished());
    flag(
        Opt.SKIP_IN_FLIGHT,
        "tcp_skip_in_flight",
        from.hasTcpSkipInFlight(),
        from.getTcpSkipInFlight());
    flag(Opt.TCP_CLOSE, "tcp_close", from.hasTcpClose(), from.getTcpClose());
    flag(
        Opt.EVASIVE_DEVICES, "evasive_devices", from.hasEvasiveDevices(), from.getEvasiveDevices());
    flag(Opt.SHELL_JOB, "shell_job", from.hasShellJob(), from.getShellJob());
    flag(Opt.FILE_LOCKS, "file_locks", from.hasFileLocks(), from.getFileLocks());
    flag(Opt.LINK_REMAP, "link_remap", from.hasLinkRemap(), from.getLinkRemap());
    flag(Opt.FORCE_IRMAP, "force_irmap", from.hasForceIrmap(), from.getForceIrmap());
    flag(Opt.WEAK_SYSCTLS, "weak_sysctls", from.hasWeakSysctls(), from.getWeakSysctls());
    flag(Opt.RESTORE_SIBLING, "rst_sibling", from.hasRstSibling(), from.getRstSibling());
    flag(Opt.ENABLE_EXTERNAL_SHARING, "ext_sharing", from.hasExtSharing(), from.getExtSharing());
    flag(Opt.ENABLE_EXTERNAL_MASTERS, "ext_masters", from.hasExtMasters(), from.getExtMasters());
    flag(
        Opt.MNTNS_COMPAT_MODE,
        "mntns_compat_mode",
        from.hasMntnsCompatMode(),
        from.getMntnsCompatMode());
    flag(
        Opt.SKIP_FILE_RWX_CHECK,
        "skip_file_rwx_check",
        from.hasSkipFileRwxCheck(),
        from.getSkipFileRwxCheck());
    flag(Opt.UNPRIVILEGED, "unprivileged", from.hasUnprivileged(), from.getUnprivileged());
    flag(Opt.DISPLAY_STATS, "display_stats", from.hasDisplayStats(), from.getDisplayStats());
    if (from.hasAutoExtMnt()) {
      into.autodetectExternalMounts(from.getAutoExtMnt());
    }
    into.orphanPtsMaster(from.getOrphanPtsMaster());
  }

  private void memory() {
    flag(Opt.TRACK_MEM, "track_mem", from.hasTrackMem(), from.getTrackMem());
    flag(Opt.AUTO_DEDUP, "auto_dedup", from.hasAutoDedup(), from.getAutoDedup());
    flag(Opt.LAZY_PAGES, "lazy_pages", from.hasLazyPages(), from.getLazyPages());
    flag(Opt.PAGE_SERVER, "ps", from.hasPs(), true);
    flag(Opt.TLS, "tls", from.hasTls(), from.getTls());
    flag(
        Opt.TLS_NO_CN_VERIFY, "tls_no_cn_verify", from.hasTlsNoCnVerify(), from.getTlsNoCnVerify());
    text(Opt.TLS_CACERT, "tls_cacert", from.hasTlsCacert(), from.getTlsCacert());
    text(Opt.TLS_CACRL, "tls_cacrl", from.hasTlsCacrl(), from.getTlsCacrl());
    text(Opt.TLS_CERT, "tls_cert", from.hasTlsCert(), from.getTlsCert());
    text(Opt.TLS_KEY, "tls_key", from.hasTlsKey(), from.getTlsKey());
    text(Opt.PREV_IMAGES_DIR, "parent_img", from.hasParentImg(), from.getParentImg());
    if (from.hasGhostLimit()) {
      into.ghostLimitBytes(Integer.toUnsignedLong(from.getGhostLimit()));
    }
  }

  private void texts() {
    text(Opt.ROOT, "root", from.hasRoot(), from.getRoot());
    text(Opt.LSM_PROFILE, "lsm_profile", from.hasLsmProfile(), from.getLsmProfile());
    text(
        Opt.LSM_MOUNT_CONTEXT,
        "lsm_mount_context",
        from.hasLsmMountContext(),
        from.getLsmMountContext());
    if (from.hasCpuCap()) {
      into.cpuCaps(CpuCaps.ofBits(from.getCpuCap()));
    }
    if (from.hasStatusFd()) {
      into.value(Opt.STATUS_FD, Integer.toString(from.getStatusFd()), field("status_fd"));
    }
    if (from.hasTimeout()) {
      into.value(Opt.TIMEOUT, Integer.toUnsignedString(from.getTimeout()), field("timeout"));
    }
  }

  private void lists() {
    for (int i = 0; i < from.getExtMntCount(); i++) {
      into.externalMount(
          new ExternalMount(
              known("ext_mnt", from.getExtMnt(i).getKey()),
              known("ext_mnt", from.getExtMnt(i).getVal())));
    }
    for (int i = 0; i < from.getInheritFdCount(); i++) {
      into.inheritFd(
          new InheritedFd(
              from.getInheritFd(i).getFd(), known("inherit_fd", from.getInheritFd(i).getKey())));
    }
    for (int i = 0; i < from.getUnixSkInoCount(); i++) {
      String inode = Integer.toUnsignedString(from.getUnixSkIno(i).getInode());
      into.value(Opt.EXT_UNIX_SK, inode, field("unix_sk_ino"));
    }
    texts(Opt.SKIP_MNT, "skip_mnt", from.getSkipMntList());
    texts(Opt.ENABLE_FS, "enable_fs", from.getEnableFsList());
    texts(Opt.IRMAP_SCAN_PATH, "irmap_scan_paths", from.getIrmapScanPathsList());
    texts(Opt.EXTERNAL, "external", from.getExternalList());
  }

  private void cgroups() {
    if (from.hasManageCgroups()) {
      into.manageCgroups(
          from.getManageCgroups() ? ManageCgroupsMode.SOFT : ManageCgroupsMode.IGNORE);
    }
    if (from.hasManageCgroupsMode()) {
      into.manageCgroups(
          switch (from.getManageCgroupsMode()) {
            case IGNORE -> ManageCgroupsMode.IGNORE;
            case DEFAULT -> ManageCgroupsMode.DEFAULT;
            case CG_NONE -> ManageCgroupsMode.NONE;
            case PROPS -> ManageCgroupsMode.PROPS;
            case SOFT -> ManageCgroupsMode.SOFT;
            case FULL -> ManageCgroupsMode.FULL;
            case STRICT -> ManageCgroupsMode.STRICT;
          });
    }
    for (int i = 0; i < from.getCgRootCount(); i++) {
      String controller = from.getCgRoot(i).hasCtrl() ? from.getCgRoot(i).getCtrl() : null;
      into.cgroupRoot(new CgroupRoot(controller, known("cg_root", from.getCgRoot(i).getPath())));
    }
    text(Opt.FREEZE_CGROUP, "freeze_cgroup", from.hasFreezeCgroup(), from.getFreezeCgroup());
    text(Opt.CGROUP_PROPS, "cgroup_props", from.hasCgroupProps(), from.getCgroupProps());
    text(
        Opt.CGROUP_PROPS_FILE,
        "cgroup_props_file",
        from.hasCgroupPropsFile(),
        from.getCgroupPropsFile());
    text(Opt.CGROUP_YARD, "cgroup_yard", from.hasCgroupYard(), from.getCgroupYard());
    texts(Opt.CGROUP_DUMP_CONTROLLER, "cgroup_dump_controller", from.getCgroupDumpControllerList());
  }

  private void network() {
    if (from.hasNetworkLock()) {
      into.networkLock(
          switch (from.getNetworkLock()) {
            case IPTABLES -> NetworkLock.IPTABLES;
            case NFTABLES -> NetworkLock.NFTABLES;
            case SKIP -> NetworkLock.SKIP;
          });
    }
    if (from.hasEmptyNs()) {
      if ((from.getEmptyNs() & ~CLONE_NEWNET) != 0) {
        throw new OptionException(
            field("empty_ns")
                + ": only CLONE_NEWNET can be created empty, got 0x"
                + Integer.toHexString(from.getEmptyNs()));
      }
      if (from.getEmptyNs() != 0) {
        into.value(Opt.EMPTY_NS, "net", field("empty_ns"));
      }
    }
    for (int i = 0; i < from.getJoinNsCount(); i++) {
      String extra = from.getJoinNs(i).hasExtraOpt() ? from.getJoinNs(i).getExtraOpt() : null;
      into.joinNamespace(
          new JoinedNamespace(
              from.getJoinNs(i).getNs(), known("join_ns", from.getJoinNs(i).getNsFile()), extra));
    }
    for (int i = 0; i < from.getVethsCount(); i++) {
      String pair = from.getVeths(i).getIfIn() + '=' + from.getVeths(i).getIfOut();
      into.value(Opt.VETH_PAIR, pair, field("veths"));
    }
  }

  private void flag(Opt option, String name, boolean given, boolean on) {
    if (given) {
      into.flag(option, on, field(name));
    }
  }

  private void text(Opt option, String name, boolean given, String text) {
    if (given) {
      into.value(option, known(name, text), field(name));
    }
  }

  private void texts(Opt option, String name, List<String> texts) {
    for (String text : texts) {
      into.value(option, known(name, text), field(name));
    }
  }

  /**
   * A text of the request. Texts of protobuf are UTF-8: of other bytes we would know only that they
   * were there.
   *
   * @throws OptionException if there were such bytes
   */
  static String known(String name, String text) {
    if (text.indexOf(REPLACEMENT) >= 0) {
      throw new OptionException(
          field(name) + " is not UTF-8, or has U+FFFD in it: name the file otherwise");
    }
    return text;
  }

  private static String field(String name) {
    return "RPC field " + name;
  }
}
