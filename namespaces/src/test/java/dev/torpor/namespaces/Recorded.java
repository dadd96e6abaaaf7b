// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Files recorded from a kernel or written by CRIU, beside the tests. */
final class Recorded {
  /** A busybox container of Podman 4.3 with runc 1.1 and --network none on Linux 6.18. */
  static final String PODMAN_MOUNTINFO = "mountinfo-podman-4.3-runc-1.1.txt";

  /** What CRIU 4.2.1 wrote of it for runc. */
  static final String PODMAN_MOUNTPOINTS = "mountpoints-podman-4.3-runc-1.1-criu-4.2.1.img";

  static final List<String> PODMAN_EXTERNAL =
      List.of(
          "/etc/hosts",
          "/etc/hostname",
          "/run/.containerenv",
          "/dev/shm",
          "/sys/fs/cgroup/systemd",
          "/sys/fs/cgroup/pids",
          "/sys/fs/cgroup/blkio",
          "/sys/fs/cgroup/freezer",
          "/sys/fs/cgroup/devices",
          "/sys/fs/cgroup/memory",
          "/sys/fs/cgroup/cpuset",
          "/sys/fs/cgroup/cpuacct",
          "/sys/fs/cgroup/cpu");

  private Recorded() {}

  static byte[] bytes(String name) {
    try (InputStream in = Recorded.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The ext_mnt options that runc gave for that container. */
  static DumpOptions podmanOptions() {
    DumpOptions options = new DumpOptions();
    for (String path : PODMAN_EXTERNAL) {
      options.externalMount(path, path);
    }
    return options
        .externalMount("/proc/keys", "/dev/null")
        .externalMount("/proc/timer_list", "/dev/null");
  }
}
