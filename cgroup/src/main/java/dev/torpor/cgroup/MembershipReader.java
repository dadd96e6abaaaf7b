// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/** Tells which cgroups tasks are in. */
public interface MembershipReader {

  /**
   * The cgroups of this process.
   *
   * @throws CgroupException if they cannot be read
   */
  CgroupMembership own() throws CgroupException;

  /**
   * The cgroups of a thread, with paths as this process sees them.
   *
   * @param pid its thread group, in this process's pid namespace
   * @param tid the thread
   * @throws CgroupException if they cannot be read
   */
  CgroupMembership of(int pid, int tid) throws CgroupException;

  /** Whether there is still a process of that pid. */
  boolean exists(int pid);

  /**
   * The cgroups of a process with paths as it sees them itself, from inside of its cgroup
   * namespace.
   *
   * @param pid the process, in this process's pid namespace
   * @throws CgroupException if they cannot be read
   */
  CgroupMembership seenByItself(int pid) throws CgroupException;
}
