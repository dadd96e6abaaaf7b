// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.linux.Unistd;
import java.util.HashMap;
import java.util.Map;

/** The processors that tasks may use at all: those there are, and those of their cpuset cgroups. */
public final class CpuSets {
  private static final String CPUS = "/sys/devices/system/cpu/";

  private String possible;
  private String online;
  private final Map<Integer, String> limits = new HashMap<>();

  /**
   * Whether a thread is restricted to fewer than its cgroup permits.
   *
   * @param allowed Cpus_allowed_list of its status
   */
  public synchronized boolean isRestricted(String allowed, ProcFs proc, int pid) {
    if (possible == null) {
      possible = ProcFs.text(CPUS + "possible").trim();
      online = ProcFs.text(CPUS + "online").trim();
    }
    return !allowed.equals(possible)
        && !allowed.equals(online)
        && !allowed.equals(limits.computeIfAbsent(pid, task -> limit(proc, task)));
  }

  /** What the cpuset of a task permits; empty if that cannot be seen. */
  private static String limit(ProcFs proc, int pid) {
    String cgroup = ProcFs.text(proc.path(pid, "cpuset")).trim();
    for (MountInfo mount : MountInfo.read(proc, Unistd.getpid())) {
      String file = file(mount);
      String limit = file == null ? "" : limit(mount.mountPoint(), cgroup, file);
      if (!limit.isEmpty()) {
        return limit;
      }
    }
    return "";
  }

  /** What tells the processors of a cgroup in a hierarchy; null if that has no cpusets. */
  private static String file(MountInfo mount) {
    if (mount.type().equals("cgroup2")) {
      return "cpuset.cpus.effective";
    }
    boolean hasSets =
        mount.type().equals("cgroup") && Words.split(mount.superOptions(), ',').contains("cpuset");
    return hasSets ? "cpuset.effective_cpus" : null;
  }

  /** Of the nearest cgroup that has the file: in version 2 children need not have it. */
  private static String limit(String mountPoint, String cgroup, String file) {
    String path = cgroup;
    while (true) {
      try {
        return ProcFs.text(mountPoint + path + "/" + file).trim();
      } catch (ProcException e) {
        if (path.isEmpty() || !e.gone()) {
          return "";
        }
        path = path.substring(0, Math.max(0, path.lastIndexOf('/')));
      }
    }
  }
}
