// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.ext_mount_map;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.MountInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The mounts of a container that come from outside, under the names that crun 1.28 gives them in
 * images: their places, and for masked directories that of the directory they are masked with.
 */
final class CrunMounts {
  private static final String NULL = "/dev/null";

  private final RuntimeSpec spec;
  private final Path root;
  private final String empty;

  /**
   * Mounts of a container.
   *
   * @param root its root file system on the host
   * @param empty the directory that others are masked with
   */
  CrunMounts(RuntimeSpec spec, Path root, Path empty) {
    this.spec = spec;
    this.root = root;
    this.empty = empty.toString();
  }

  /**
   * Names them for a dump.
   *
   * @param seen what is mounted; what crun masks with, and whether, its versions decide differently
   */
  void ofDump(criu_opts.Builder into, List<MountInfo> seen) {
    for (RuntimeSpec.Mount mount : binds()) {
      String place = InRoot.resolve(root, mount.destination());
      add(into, place, place);
    }
    for (String masked : masked()) {
      for (MountInfo mount : seen) {
        if (mount.mountPoint().equals(masked) && !mount.root().equals("/")) {
          add(into, masked, mount.root().endsWith("/null") ? masked : empty);
        }
      }
    }
  }

  /** Says for a restore what each name stands for. */
  void ofRestore(criu_opts.Builder into) {
    for (RuntimeSpec.Mount mount : binds()) {
      add(into, InRoot.resolve(root, mount.destination()), mount.source());
    }
    for (String masked : masked()) {
      if (Files.exists(Path.of(masked))) {
        add(into, masked, Files.isDirectory(Path.of(masked)) ? empty : NULL);
      }
    }
    add(into, empty, empty);
  }

  private List<RuntimeSpec.Mount> binds() {
    return spec.mounts() == null
        ? List.of()
        : spec.mounts().stream().filter(RuntimeSpec.Mount::isBind).toList();
  }

  private List<String> masked() {
    return spec.linux() == null || spec.linux().maskedPaths() == null
        ? List.of()
        : spec.linux().maskedPaths();
  }

  private static void add(criu_opts.Builder into, String key, String value) {
    into.addExtMnt(ext_mount_map.newBuilder().setKey(key).setVal(value));
  }
}
