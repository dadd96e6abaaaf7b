// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.linux.Errno;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What {@code check} asks the kernel. Probes change nothing. */
public final class KernelCheck {
  /** What nothing works without, in the order it is looked for. */
  private static final String[] REQUIRED = {
    "root", "map_files", "kcmp", "ptrace", "pidfd_getfd", "process_vm_readv", "clone3_set_tid"
  };

  /** The features that CRIU 4.2 knows by name, as {@code check --feature} takes them. */
  private static final String[] FEATURES = {
    "mnt_id",
    "mem_dirty_track",
    "aio_remap",
    "timerfd",
    "tun",
    "tun_ns",
    "userns",
    "fdinfo_lock",
    "seccomp_suspend",
    "seccomp_filters",
    "loginuid",
    "cgroupns",
    "autofs",
    "tcp_half_closed",
    "compat_cr",
    "uffd",
    "uffd-noncoop",
    "can_map_vdso",
    "sk_ns",
    "sk_unix_file",
    "net_diag_raw",
    "nsid",
    "link_nsid",
    "kcmp_epoll",
    "timens",
    "external_net_ns",
    "clone3_set_tid",
    "newifindex",
    "nftables",
    "has_ipt_legacy",
    "pidfd_store",
    "ns_pid",
    "apparmor_stacking",
    "network_lock_nftables",
    "sockopt_buf_lock",
    "memfd_hugetlb",
    "move_mount_set_group",
    "openat2",
    "get_rseq_conf",
    "ipv6_freebind",
    "pagemap_scan",
    "timer_cr_ids",
    "overlayfs_maps",
    "breakpoints",
    "pagemap_scan_guard_pages",
  };

  private final Path proc;

  /** Probes through this /proc. */
  public KernelCheck(Path proc) {
    this.proc = proc;
  }

  /** All features that can be asked for, separated by blanks. */
  public static String featureNames() {
    return String.join(" ", FEATURES);
  }

  /** What is missing of that which nothing works without; null when all is there. */
  public String firstMissing() {
    for (String name : REQUIRED) {
      String missing = required(name);
      if (missing != null) {
        return missing;
      }
    }
    return null;
  }

  private String required(String name) {
    return switch (name) {
      case "root" ->
          id("Uid") == 0 ? null : "not root: run as root with CAP_SYS_ADMIN and CAP_SYS_PTRACE";
      case "map_files" -> file("self/map_files", "CONFIG_CHECKPOINT_RESTORE");
      case "kcmp" -> call(Nr.SYS_kcmp, "kcmp", "CONFIG_KCMP");
      case "ptrace" -> call(Nr.SYS_ptrace, "ptrace", "Linux 3.11");
      case "pidfd_getfd" -> call(Nr.SYS_pidfd_getfd, "pidfd_getfd", "Linux 5.6");
      case "process_vm_readv" ->
          call(Nr.SYS_process_vm_readv, "process_vm_readv", "CONFIG_CROSS_MEMORY_ATTACH");
      case "clone3_set_tid" -> call(Nr.SYS_clone3, "clone3", "Linux 5.5");
      default -> throw new IllegalArgumentException(name);
    };
  }

  /**
   * Probes one feature.
   *
   * @return null when it is there, else what is missing
   * @throws IllegalArgumentException for a name that CRIU does not have
   */
  public String missing(String feature) {
    return switch (feature) {
      case "mnt_id" -> line("self/fdinfo/0", "mnt_id:");
      case "timerfd" -> call(Nr.SYS_timerfd_create, "timerfd_create", "CONFIG_TIMERFD");
      case "userns" -> file("self/ns/user", "CONFIG_USER_NS");
      case "cgroupns" -> file("self/ns/cgroup", "Linux 4.6");
      case "timens" -> file("self/timens_offsets", "CONFIG_TIME_NS");
      case "external_net_ns" -> file("self/ns/net", "CONFIG_NET_NS");
      case "loginuid" -> file("self/loginuid", "CONFIG_AUDIT");
      case "autofs" -> line("filesystems", "\tautofs");
      case "ns_pid" -> line("self/status", "NSpid:");
      case "seccomp_filters" -> line("self/status", "Seccomp:");
      case "uffd" -> call(Nr.SYS_userfaultfd, "userfaultfd", "CONFIG_USERFAULTFD");
      case "openat2" -> call(Nr.SYS_openat2, "openat2", "Linux 5.6");
      case "clone3_set_tid" -> required(feature);
      case "pidfd_store" -> required("pidfd_getfd");
      case "mem_dirty_track" -> "incremental dumps are not supported yet: dump everything";
      default -> unknown(feature);
    };
  }

  private static String unknown(String feature) {
    for (String name : FEATURES) {
      if (name.equals(feature)) {
        return "no probe for it yet: ask criu check --feature " + feature;
      }
    }
    throw new IllegalArgumentException(
        "unknown feature " + feature + ": --feature list names them all");
  }

  private String file(String name, String needs) {
    return Files.exists(proc.resolve(name)) ? null : proc + "/" + name + " is missing: " + needs;
  }

  private String line(String name, String start) {
    try {
      for (String line : Files.readAllLines(proc.resolve(name))) {
        if (line.startsWith(start) || line.endsWith(start)) {
          return null;
        }
      }
      return proc + "/" + name + " has no " + start.trim() + ": a newer kernel is needed";
    } catch (IOException e) {
      return proc + "/" + name + " cannot be read: " + e.getMessage();
    }
  }

  private int id(String name) {
    try {
      for (String line : Files.readAllLines(proc.resolve("self/status"))) {
        if (line.startsWith(name + ":")) {
          // real, effective, saved, file system
          return Integer.parseInt(line.split("\t", -1)[2]);
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }

  /** Calls with arguments that no kernel takes: everything but ENOSYS means that it is there. */
  private static String call(long number, String name, String needs) {
    long result = Syscall.raw(number, -1, -1, -1, -1, -1, -1);
    return result == -Errno.ENOSYS.number() ? name + " is missing: " + needs + " is needed" : null;
  }
}
