// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static dev.torpor.linux.Mount.FSCONFIG_CMD_CREATE;
import static dev.torpor.linux.Mount.FSCONFIG_SET_FLAG;
import static dev.torpor.linux.Mount.FSCONFIG_SET_STRING;
import static dev.torpor.linux.Mount.FSMOUNT_CLOEXEC;
import static dev.torpor.linux.Mount.FSOPEN_CLOEXEC;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.Words;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reaches version 1 hierarchies that exist but are mounted nowhere visible, through mounts that are
 * attached to no directory: nobody else sees them and the kernel drops them with this process. For
 * version 1 asking for the superblock of an existing hierarchy does not change its options.
 *
 * <p>cgroup2 is never asked for this way: that would change the options of the host's one
 * superblock (CRIU issue 3029). A hierarchy that does not exist is not made either.
 */
public final class PrivateV1Mounts implements HierarchyLocator, AutoCloseable {
  // Defined in include/uapi/linux/mount.h, since Linux 5.2.

  private final HierarchyLocator mounted;
  private final CgroupMembership own;
  private final Path proc;
  private final Map<String, Integer> mounts = new HashMap<>();

  /**
   * @param mounted asked first
   * @param own the cgroups of this process: lists every hierarchy there is
   * @param proc where proc is mounted
   */
  public PrivateV1Mounts(HierarchyLocator mounted, CgroupMembership own, Path proc) {
    this.mounted = mounted;
    this.own = own;
    this.proc = proc;
  }

  @Override
  public CgroupDirectory locate(String hierarchy, String cgroup) throws CgroupException {
    Integer mount = mounts.get(hierarchy);
    if (mount == null) {
      try {
        return mounted.locate(hierarchy, cgroup);
      } catch (CgroupException e) {
        if (hierarchy.isEmpty() || own.path(hierarchy) == null) {
          throw e;
        }
        mount = mount(hierarchy);
        mounts.put(hierarchy, mount);
      }
    }
    return new CgroupDirectory(proc.resolve("self/fd/" + mount)).resolve(cgroup);
  }

  private static int mount(String hierarchy) throws CgroupException {
    try (NativeMemory type = NativeMemory.ofString("cgroup")) {
      int context = check(Syscall.raw(Nr.SYS_fsopen, type.address(), FSOPEN_CLOEXEC), "fsopen");
      try {
        configure(context, hierarchy);
        check(Syscall.raw(Nr.SYS_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0), "fsconfig");
        return check(Syscall.raw(Nr.SYS_fsmount, context, FSMOUNT_CLOEXEC, 0), "fsmount");
      } finally {
        Unistd.close(context);
      }
    } catch (ErrnoException e) {
      throw new CgroupException(
          "mount " + CgroupFs.describe(hierarchy) + " privately: " + e.getMessage());
    }
  }

  private static void configure(int context, String hierarchy) {
    for (String option : Words.split(hierarchy, ',')) {
      boolean name = option.startsWith(CgroupMount.NAME_PREFIX);
      String value = name ? option.substring(CgroupMount.NAME_PREFIX.length()) : "";
      try (NativeMemory key = NativeMemory.ofString(name ? "name" : option);
          NativeMemory text = NativeMemory.ofString(value)) {
        check(
            Syscall.raw(
                Nr.SYS_fsconfig,
                context,
                name ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
                key.address(),
                name ? text.address() : 0,
                0),
            "fsconfig");
      }
    }
  }

  private static int check(long result, String call) {
    if (Syscall.failed(result)) {
      throw ErrnoException.of(result, call, "cgroup");
    }
    return (int) result;
  }

  /** Drops the mounts. */
  @Override
  public void close() {
    for (int mount : mounts.values()) {
      Unistd.close(mount);
    }
    mounts.clear();
  }
}
