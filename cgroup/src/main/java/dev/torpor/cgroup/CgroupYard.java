// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Path;

/**
 * {@code --cgroup-yard}: a directory in which the hierarchies are mounted already, each below its
 * own name; cgroup2 is called {@code unified}.
 */
public final class CgroupYard implements HierarchyLocator {
  private final Path yard;

  /** Names it. */
  public CgroupYard(Path yard) {
    this.yard = yard;
  }

  @Override
  public CgroupDirectory locate(String hierarchy, String cgroup) throws CgroupException {
    String name =
        hierarchy.startsWith(CgroupMount.NAME_PREFIX)
            ? hierarchy.substring(CgroupMount.NAME_PREFIX.length())
            : hierarchy;
    Path top = yard.resolve(name.isEmpty() ? "unified" : name);
    CgroupDirectory directory = new CgroupDirectory(top);
    if (!directory.isCgroup()) {
      throw new CgroupException(
          CgroupFs.describe(hierarchy)
              + ": "
              + top
              + " is no cgroup: mount the hierarchy there, or leave --cgroup-yard out");
    }
    return directory.resolve(cgroup);
  }
}
