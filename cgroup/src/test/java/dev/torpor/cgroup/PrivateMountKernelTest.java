// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A cgroup2 view that only a process in a mount namespace of its own has. */
class PrivateMountKernelTest {

  @Test
  void reachesUnifiedHierarchyThroughTheRootOfAnotherProcess() throws Exception {
    String name = KernelCgroups.uniqueName();
    try (KernelCgroups cgroups = new KernelCgroups()) {
      CgroupDirectory made = cgroups.make("", name);
      Path unified = cgroups.fs.locate("", "/").path();
      String options = options(Files.readString(Path.of("/proc/self/mountinfo")));
      Process other =
          cgroups.start(
              "unshare",
              "-m",
              "sh",
              "-c",
              "mount --bind " + unified + " /sys/fs/cgroup && exec sleep 1000");
      Path proc = Path.of("/proc/" + other.pid());
      KernelCgroups.await(() -> mountinfo(proc).contains(" /sys/fs/cgroup rw,relatime - cgroup2"));

      CgroupFs fs = new CgroupFs(proc.resolve("root"), mountinfo(proc));

      CgroupDirectory found = fs.locate("", name);
      assertThat(found.path().toString())
          .isEqualTo("/proc/" + other.pid() + "/root/sys/fs/cgroup" + name);
      assertThat(Files.isSameFile(found.path(), made.path())).isTrue();
      Freezer freezer = Freezer.of(found.path());
      freezer.freeze(1000);
      assertThat(Freezer.of(made.path()).state()).isEqualTo(FreezerState.FROZEN);
      freezer.thaw(1000);
      assertThat(options(Files.readString(Path.of("/proc/self/mountinfo")))).isEqualTo(options);
    }
  }

  private static String mountinfo(Path proc) throws IOException {
    return Files.readString(proc.resolve("mountinfo"));
  }

  private static String options(String mountinfo) {
    return mountinfo.lines().filter(l -> l.contains(" cgroup2 ")).toList().toString();
  }
}
