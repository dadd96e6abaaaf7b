// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_perms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Mode and owner of a file or directory of a cgroup.
 *
 * @param mode st_mode, type bits included, as CRIU saves it
 * @param uid owner
 * @param gid group
 */
record Ownership(int mode, int uid, int gid) {

  static Ownership of(Path path) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid");
    return new Ownership(
        (Integer) attributes.get("mode"),
        (Integer) attributes.get("uid"),
        (Integer) attributes.get("gid"));
  }

  static Ownership of(cgroup_perms perms) {
    return new Ownership(perms.getMode(), perms.getUid(), perms.getGid());
  }

  cgroup_perms entry() {
    return cgroup_perms.newBuilder().setMode(mode).setUid(uid).setGid(gid).build();
  }

  /** Sets what differs: read-only files of a cgroup cannot be changed, and need not be. */
  void apply(Path path) throws CgroupException {
    try {
      Ownership current = of(path);
      if (current.mode != mode) {
        Files.setAttribute(path, "unix:mode", mode & 07777);
      }
      if (current.uid != uid) {
        Files.setAttribute(path, "unix:uid", uid);
      }
      if (current.gid != gid) {
        Files.setAttribute(path, "unix:gid", gid);
      }
    } catch (IOException e) {
      throw new CgroupException("set owner and mode of " + path, e);
    }
  }
}
