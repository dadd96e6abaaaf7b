// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.proc.Words;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The limits of version 2 cgroups (Documentation/admin-guide/cgroup-v2.rst). CRIU has no list of
 * them. Engines set those of a container's own cgroup before a restore; what is below it, and what
 * has no engine, would be without.
 */
final class LimitsOfVersion2 {
  /** A file, and what it says where there is no limit. */
  private record Limit(String file, String none) {}

  /** In the order in which they are set: a burst is bound by the quota. */
  private static final List<Limit> FIXED =
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

  /** Has a file for each size of pages. */
  private static final String HUGETLB = "hugetlb.";

  private static final String HUGETLB_LIMIT = ".max";
  private static final String WEIGHT = "cpu.weight";

  /** The kernel makes another thing of it when it cannot be had. */
  private static final Limit PARTITION = new Limit("cpuset.cpus.partition", "member");

  private LimitsOfVersion2() {}

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

  private static List<Limit> of(CgroupDirectory directory) throws CgroupException {
    List<Limit> limits = new ArrayList<>(FIXED);
    for (String file : directory.files()) {
      if (file.startsWith(HUGETLB) && file.endsWith(HUGETLB_LIMIT)) {
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
    return value.equals(limit.none()) ? null : value;
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
    if (controllers.isEmpty()) {
      return;
    }
    List<String> there = Words.of(directory.read("cgroup.controllers"));
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
              + "; enable the controller in cgroup.subtree_control of the cgroup above, or restore"
              + " with --manage-cgroups=ignore");
    }
    for (String line : Words.split(limit.getValue(), '\n')) {
      directory.write(file, line);
    }
  }
}
