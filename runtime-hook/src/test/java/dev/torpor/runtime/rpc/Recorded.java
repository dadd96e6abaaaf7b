// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.cgroup.CgroupRoot;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.image.proto.cgroup_root;
import dev.torpor.image.proto.criu_cg_mode;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.ext_mount_map;
import dev.torpor.image.proto.inherit_fd;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.ExternalMount;
import dev.torpor.runtime.option.InheritedFd;
import dev.torpor.runtime.option.Opt;

/** The fields that container runtimes set, from what their sources do. */
final class Recorded {
  private static final int CLONE_NEWNET = 0x40000000;

  private Recorded() {}

  private static ext_mount_map mount(String key, String val) {
    return ext_mount_map.newBuilder().setKey(key).setVal(val).build();
  }

  /** runc 1.1 checkpoint as Podman 4.3 calls it: flags not given are sent as false. */
  static criu_opts.Builder runcDump(criu_opts.Builder opts, int workFd) {
    return opts.setWorkDirFd(workFd)
        .setRoot("/var/lib/containers/storage/overlay/x/merged")
        .setManageCgroups(true)
        .setTcpEstablished(true)
        .setExtUnixSk(false)
        .setShellJob(false)
        .setFileLocks(true)
        .setLeaveRunning(false)
        .setOrphanPtsMaster(true)
        .setAutoDedup(false)
        .setLazyPages(false)
        .setEmptyNs(0)
        .setConfigFile("/etc/criu/runc.conf.not-there")
        .addExternal("net[4026532567]:extRootNetNS")
        .addExternal("pid[4026532570]:extRootPidNS")
        .setFreezeCgroup("/sys/fs/cgroup/freezer/machine.slice/libpod-x.scope")
        .addExtMnt(mount("/etc/hosts", "/etc/hosts"))
        .addExtMnt(mount("/proc/kcore", "/dev/null"))
        .addExtMnt(mount("/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory"));
  }

  static void verifyRuncDump(CriuOptions options) {
    assertThat(options.treePid()).isEqualTo(42);
    assertThat(options.on(Opt.TCP_ESTABLISHED)).isTrue();
    assertThat(options.on(Opt.FILE_LOCKS)).isTrue();
    assertThat(options.on(Opt.SHELL_JOB)).isFalse();
    assertThat(options.on(Opt.EMPTY_NS)).isFalse();
    assertThat(options.orphanPtsMaster()).isTrue();
    assertThat(options.manageCgroups()).isEqualTo(ManageCgroupsMode.SOFT);
    assertThat(options.text(Opt.ROOT)).endsWith("/merged");
    assertThat(options.text(Opt.FREEZE_CGROUP)).endsWith("libpod-x.scope");
    assertThat(options.list(Opt.EXTERNAL))
        .containsExactly("net[4026532567]:extRootNetNS", "pid[4026532570]:extRootPidNS");
    assertThat(options.externalMounts()).contains(new ExternalMount("/proc/kcore", "/dev/null"));
  }

  /** runc 1.3 adds link_remap and tcp_skip_in_flight, and always a cgroup mode. */
  static criu_opts.Builder runc13Dump(criu_opts.Builder opts, int workFd) {
    return runcDump(opts, workFd)
        .setLinkRemap(true)
        .setTcpSkipInFlight(true)
        .setManageCgroupsMode(criu_cg_mode.SOFT)
        .setEmptyNs(CLONE_NEWNET);
  }

  /** crun checkpoint through libcriu. */
  static criu_opts.Builder crunDump(criu_opts.Builder opts, int workFd) {
    return opts.setWorkDirFd(workFd)
        .setNotifyScripts(false)
        .setRoot("/bundle/rootfs")
        .setLeaveRunning(true)
        .setExtUnixSk(false)
        .setShellJob(true)
        .setTcpEstablished(false)
        .setFileLocks(false)
        .setOrphanPtsMaster(true)
        .setManageCgroups(true)
        .setManageCgroupsMode(criu_cg_mode.SOFT)
        .setFreezeCgroup("/sys/fs/cgroup/machine.slice/libpod-x.scope")
        .addExternal("net[4026532567]:extRootNetNS")
        .addExtMnt(mount("/etc/hosts", "/etc/hosts"))
        .addExtMnt(mount("/proc/acpi", "/proc/acpi"));
  }

  /** runc restore; the newer one always sends a cgroup mode. */
  static criu_opts.Builder runcRestore(criu_opts.Builder opts, int workFd, boolean newer) {
    opts.setWorkDirFd(workFd)
        .setLogFile("restore.log")
        .setEvasiveDevices(true)
        .setRoot("/run/runc/x/criu-root")
        .setRstSibling(true)
        .setManageCgroups(true)
        .setTcpEstablished(true)
        .setExtUnixSk(false)
        .setShellJob(false)
        .setFileLocks(true)
        .setOrphanPtsMaster(true)
        .setAutoDedup(false)
        .setLazyPages(false)
        .addExtMnt(mount("/etc/hosts", "/run/containers/hosts"))
        .addExtMnt(mount("/proc/kcore", "/dev/null"))
        .addCgRoot(cgroup_root.newBuilder().setCtrl("memory").setPath("/machine/x"))
        .addCgRoot(cgroup_root.newBuilder().setCtrl("").setPath("/machine/x"))
        .addInheritFd(inherit_fd.newBuilder().setKey("pipe:[54321]").setFd(1))
        .addInheritFd(inherit_fd.newBuilder().setKey("extRootNetNS").setFd(4));
    if (newer) {
      opts.setManageCgroupsMode(criu_cg_mode.SOFT).setEmptyNs(CLONE_NEWNET);
    }
    return opts;
  }

  static void verifyRuncRestore(CriuOptions options) {
    assertThat(options.on(Opt.RESTORE_SIBLING)).isTrue();
    assertThat(options.on(Opt.RESTORE_DETACHED)).isTrue();
    assertThat(options.on(Opt.EVASIVE_DEVICES)).isTrue();
    assertThat(options.cgroupRoots())
        .containsExactly(new CgroupRoot("memory", "/machine/x"), new CgroupRoot("", "/machine/x"));
    assertThat(options.inheritedFds())
        .containsExactly(new InheritedFd(1, "pipe:[54321]"), new InheritedFd(4, "extRootNetNS"));
    assertThat(options.externalMounts())
        .contains(new ExternalMount("/etc/hosts", "/run/containers/hosts"));
  }
}
