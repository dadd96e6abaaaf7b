// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory prepared by the caller with one sub-directory per hierarchy, as CRIU's {@code
 * --cgroup-yard} wants it: {@code cpu,cpuacct}, {@code systemd} for {@code name=systemd}, {@code
 * unified} for cgroup2.
 */
public final class CgroupYard implements HierarchyLocator {
  private final Path yard;

  /**
   * @param yard the directory
   */
  public CgroupYard(Path yard) {
    this.yard = yard;
  }

  @Override
  public CgroupDirectory locate(String hierarchy, String cgroup) throws CgroupException {
    Path top = yard.resolve(directoryName(hierarchy));
    if (!Files.isDirectory(top)) {
      throw new CgroupException(
          "cgroup yard "
              + yard
              + ": no directory "
              + top.getFileName()
              + " for that hierarchy; mount it there");
    }
    return new CgroupDirectory(top).resolve(cgroup);
  }

  private static String directoryName(String hierarchy) {
    if (hierarchy.isEmpty()) {
      return "unified";
    }
    StringBuilder name = new StringBuilder();
    for (String part : Text.split(hierarchy, ',')) {
      if (name.length() > 0) {
        name.append(',');
      }
      name.append(
          part.startsWith(CgroupMount.NAME_PREFIX)
              ? part.substring(CgroupMount.NAME_PREFIX.length())
              : part);
    }
    return name.toString();
  }
}
