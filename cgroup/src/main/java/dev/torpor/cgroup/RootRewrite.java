// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cg_member_entry;
import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;

/**
 * Moves the cgroups of an image to new roots, without looking at any file. The directory at the top
 * of a hierarchy takes the new name and the paths of the sets follow, as with CRIU; with a cgroup
 * namespace it is the namespace's root that takes the new name.
 */
final class RootRewrite {
  private final CgroupOptions options;

  RootRewrite(CgroupOptions options) {
    this.options = options;
  }

  cgroup_entry apply(cgroup_entry entry) throws CgroupException {
    if (options.roots().isEmpty()) {
      return entry;
    }
    cgroup_entry.Builder rewritten = entry.toBuilder();
    for (cg_controller_entry.Builder controller : rewritten.getControllersBuilderList()) {
      String hierarchy = String.join(",", controller.getCnamesList());
      String root = options.rootOf(hierarchy);
      if (root == null) {
        continue;
      }
      for (cgroup_dir_entry.Builder directory : controller.getDirsBuilderList()) {
        String renamed = rewriteSets(entry, rewritten, hierarchy, directory.getDirName(), root);
        if (renamed != null) {
          directory.setDirName(renamed);
        }
      }
    }
    return rewritten.build();
  }

  /** Returns the new name of the directory, or null if no path of a set is at or below it. */
  private static String rewriteSets(
      cgroup_entry entry,
      cgroup_entry.Builder rewritten,
      String hierarchy,
      String top,
      String root) {
    String renamed = null;
    for (int i = 0; i < entry.getSetsCount(); i++) {
      cg_set_entry set = entry.getSets(i);
      for (int j = 0; j < set.getCtlsCount(); j++) {
        cg_member_entry member = set.getCtls(j);
        if (member.getName().equals(hierarchy) && isAtOrBelow(member.getPath(), top)) {
          rewritten.getSetsBuilder(i).setCtls(j, rewrite(member, top, root));
          renamed = renamed == null ? rename(member.getCgnsPrefix(), top, root) : renamed;
        }
      }
    }
    return renamed;
  }

  private static cg_member_entry rewrite(cg_member_entry member, String top, String root) {
    String path = member.getPath();
    int prefix = member.getCgnsPrefix();
    if (prefix == 0) {
      String rest = path.substring(top.isEmpty() ? 0 : top.length() + 1);
      return member.toBuilder().setPath(join(root, rest)).build();
    }
    return member.toBuilder()
        .setPath(join(root, path.substring(prefix)))
        .setCgnsPrefix(root.equals("/") ? 0 : root.length())
        .build();
  }

  private static String rename(int prefix, String top, String root) {
    return prefix == 0
        ? root
        : join(root, ("/" + top).substring(Math.min(prefix, top.length() + 1)));
  }

  private static boolean isAtOrBelow(String path, String top) {
    return top.isEmpty() || path.equals("/" + top) || path.startsWith("/" + top + "/");
  }

  private static String join(String root, String rest) {
    if (rest.isEmpty() || rest.equals("/")) {
      return root;
    }
    return root.equals("/") ? rest : root + rest;
  }
}
