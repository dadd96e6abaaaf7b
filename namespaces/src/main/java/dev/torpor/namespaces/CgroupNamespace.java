// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.inject.Op;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Contribution;

/**
 * The cgroup namespace, cgroup_namespaces(7). It has no content: it begins where the task stands
 * that makes it, which is moved there first.
 */
final class CgroupNamespace implements NamespaceRoom {
  private Op trap;

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.CGROUP;
  }

  @Override
  public boolean isMadeByClone() {
    return false;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    return program -> {
      trap = program.trap("moving the task into its cgroup");
      program
          .call("making a cgroup namespace", Nr.SYS_unshare)
          .arg(NamespaceKind.CGROUP.cloneFlag());
    };
  }

  /** Where the task is to be moved into its cgroup; null if it has no such namespace. */
  Op trap() {
    return trap;
  }
}
