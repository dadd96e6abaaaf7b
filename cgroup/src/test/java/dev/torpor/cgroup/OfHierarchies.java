// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/** Sees only some hierarchies: the others of this machine belong to somebody else. */
record OfHierarchies(MembershipReader all, List<String> hierarchies) implements MembershipReader {
  private CgroupMembership only(CgroupMembership membership) {
    return new CgroupMembership(
        membership.entries().stream()
            .filter(entry -> hierarchies.contains(entry.hierarchy()))
            .toList());
  }

  @Override
  public CgroupMembership own() throws CgroupException {
    return only(all.own());
  }

  @Override
  public CgroupMembership of(int pid, int tid) throws CgroupException {
    return only(all.of(pid, tid));
  }

  @Override
  public boolean exists(int pid) {
    return all.exists(pid);
  }

  @Override
  public CgroupMembership seenByItself(int pid) throws CgroupException {
    return only(all.seenByItself(pid));
  }
}
