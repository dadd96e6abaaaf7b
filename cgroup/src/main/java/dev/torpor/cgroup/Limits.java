// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.proc.Words;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The limits that CRIU has no list of: all of version 2 (Documentation/admin-guide/cgroup-v2.rst),
 * some of version 1 (cgroup-v1 there). Engines set those of a container's own cgroup before a
 * restore; what is below it, and what has no engine, would be without.
 */
final class Limits {
  /** A file, and what it says where there is no limit. */
  private record Limit(String file, String none) {}

  /** Of version 2, in the order in which they are set: a burst is bound by the quota. */
  private static final List<Limit> FIXED2 =
      List.of(
          new Limit("cpu.idle", "0"),
          new Limit("cpu.weight", "100"),
          new Limit("cpu.max", "max 100000"),
          new Limit("cpu.max.burst", "0"),
          new Limit("cpu.uclamp.max", "max"),
          new Limit("cpu.uclamp.min", "0.00"),
          new Limit("cpuset.cpus", ""),
          new Limit("cpuset.mems", ""),
          new Limit("io.latency", ""),
          new Limit("io.max", ""),
          new Limit("io.prio.class", "no-change"),
          new Limit("io.weight", "default 100"),
          new Limit("io.bfq.weight", "default 100"),
          new Limit("memory.min", "0"),
          new Limit("memory.low", "0"),
          new Limit("memory.high", "max"),
          new Limit("memory.max", "max"),
          new Limit("memory.oom.group", "0"),
          new Limit("memory.swap.high", "max"),
          new Limit("memory.swap.max", "max"),
          new Limit("memory.zswap.max", "max"),
          new Limit("memory.zswap.writeback", "1"),
          new Limit("misc.max", ""),
          new Limit("pids.max", "max"),
          new Limit("rdma.max", ""));

  /** Of version 1. */
  private static final List<Limit> FIXED1 =
      List.of(
          new Limit("blkio.throttle.read_bps_device", ""),
          new Limit("blkio.throttle.read_iops_device", ""),
          new Limit("blkio.throttle.write_bps_device", ""),
          new Limit("blkio.throttle.write_iops_device", ""),
          new Limit("blkio.bfq.weight", "100"),
          new Limit("cpu.cfs_burst_us", "0"),
          new Limit("cpu.idle", "0"),
          new Limit("misc.max", ""),
          new Limit("rdma.max", ""));

  /** Has a file for each size of pages. */
  private static final String HUGETLB = "hugetlb.";

  private static final String HUGETLB_LIMIT2 = ".max";
  private static final String HUGETLB_LIMIT1 = ".limit_in_bytes";

  /**
   * PAGE_COUNTER_MAX of include/linux/page_counter.h, in bytes. A kernel may show it, or that
   * number in whole huge pages, instead of "max" in version 2, too.
   */
  private static final String NO_LIMIT = Long.toString(Long.MAX_VALUE / 4096 * 4096);

  /** As many of its digits as the largest of huge pages leaves. */
  private static final String NO_LIMIT_BEGIN = NO_LIMIT.substring(0, 8);

  private static final String WEIGHT = "cpu.weight";

  /** What takes a line of a device or resource away, in files that have one for each. */
  private static final Map<String, String> NO_LINE =
      Map.of(
          "io.latency", " target=0",
          "io.max", " rbps=max wbps=max riops=max wiops=max",
          "io.weight", " default",
          "io.bfq.weight", " default",
          "blkio.bfq.weight", " default",
          "misc.max", " max",
          "rdma.max", " hca_handle=max hca_object=max");

  private static final String THROTTLE = "blkio.throttle.";
  private static final String NO_THROTTLE = " 0";

  /** Which of the controllers a cgroup of version 2 has. */
  private static final String CONTROLLERS = "cgroup.controllers";

  /** The kernel makes another thing of it when it cannot be had. */
  private static final Limit PARTITION = new Limit("cpuset.cpus.partition", "member");

  private Limits() {}

  /** Adds those that are set; what is set and not saved is said. */
  static void capture(
      CgroupDirectory directory, cgroup_dir_entry.Builder into, Consumer<String> warnings)
      throws CgroupException {
    for (Limit limit : of(directory)) {
      String value = setValue(directory, limit);
      // The weight of what is idle is 0, which cannot be written.
      boolean ofIdle = limit.file().equals(WEIGHT) && "0".equals(value);
      if (value != null && !ofIdle) {
        into.addLimits(cgroup_prop_entry.newBuilder().setName(limit.file()).setValue(value));
      }
    }
    String partition = setValue(directory, PARTITION);
    if (partition != null) {
      warnings.accept(
          "cgroup "
              + directory.path()
              + ": images do not carry "
              + PARTITION.file()
              + " = "
              + partition
              + "; set it at the restore");
    }
  }

  private static List<Limit> of(CgroupDirectory directory) {
    boolean version2 = directory.has(CONTROLLERS);
    List<Limit> limits = new ArrayList<>(version2 ? FIXED2 : FIXED1);
    for (String file : directory.files()) {
      if (file.startsWith(HUGETLB) && file.endsWith(version2 ? HUGETLB_LIMIT2 : HUGETLB_LIMIT1)) {
        limits.add(new Limit(file, "max"));
      }
    }
    return limits;
  }

  /** Null if there is no such file, or no limit. */
  private static String setValue(CgroupDirectory directory, Limit limit) throws CgroupException {
    if (!directory.has(limit.file())) {
      return null;
    }
    String value = directory.read(limit.file()).strip();
    boolean isHugest = value.length() == NO_LIMIT.length() && value.startsWith(NO_LIMIT_BEGIN);
    return value.equals(limit.none()) || isHugest ? null : value;
  }

  /** The controllers without which a cgroup and those below it would lack a file. */
  static Set<String> controllers(cgroup_dir_entry entry) {
    Set<String> controllers = new LinkedHashSet<>();
    collect(entry, controllers);
    return controllers;
  }

  private static void collect(cgroup_dir_entry entry, Set<String> controllers) {
    for (cgroup_prop_entry limit : entry.getLimitsList()) {
      controllers.add(limit.getName().substring(0, limit.getName().indexOf('.')));
    }
    for (cgroup_dir_entry child : entry.getChildrenList()) {
      collect(child, controllers);
    }
  }

  /** Gives the cgroups below one that was made the controllers that they need, if it has them. */
  static void enable(CgroupDirectory directory, Set<String> controllers) throws CgroupException {
    if (controllers.isEmpty() || !directory.has(CONTROLLERS)) {
      return;
    }
    List<String> there = Words.of(directory.read(CONTROLLERS));
    for (String controller : controllers) {
      if (there.contains(controller)) {
        directory.write(CommonFiles.SUBTREE_CONTROL, "+" + controller);
      }
    }
  }

  /** Sets one: files with a line for each device take one of them at a time. */
  static void restore(CgroupDirectory directory, cgroup_prop_entry limit) throws CgroupException {
    String file = limit.getName();
    if (!directory.has(file)) {
      throw new CgroupException(
          "cgroup "
              + directory.path()
              + ": has no file for its limit "
              + file
              + " = "
              + limit.getValue().replace('\n', ';')
              + "; if a kernel has it, enable the controller in cgroup.subtree_control of the"
              + " cgroup above, or restore with --manage-cgroups=ignore");
    }
    for (String line : Words.split(limit.getValue(), '\n')) {
      directory.write(file, line);
    }
  }

  /** Takes a limit back that was set: a line that was not there before has to be named to go. */
  static void putBack(CgroupDirectory directory, cgroup_prop_entry limit, String before)
      throws CgroupException {
    String file = limit.getName();
    String none = file.startsWith(THROTTLE) ? NO_THROTTLE : NO_LINE.get(file);
    List<String> lines = before.lines().toList();
    if (none != null) {
      for (String line : Words.split(limit.getValue(), '\n')) {
        String subject = line.substring(0, line.indexOf(' ') + 1);
        if (lines.stream().noneMatch(old -> old.startsWith(subject))) {
          directory.write(file, subject.strip() + none);
        }
      }
    } else if (before.isEmpty()) {
      // No call at all would come of nothing.
      directory.write(file, "\n");
    }
    for (String line : lines) {
      directory.write(file, line);
    }
  }
}
