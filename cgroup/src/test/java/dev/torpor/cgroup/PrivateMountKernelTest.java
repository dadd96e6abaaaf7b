// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
      freezer.request(FreezerState.FROZEN);
      KernelCgroups.await(() -> Freezer.of(made.path()).state() == FreezerState.FROZEN);
      freezer.request(FreezerState.THAWED);
      assertThat(options(Files.readString(Path.of("/proc/self/mountinfo")))).isEqualTo(options);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pids", "name=systemd"})
  void mountsVersion1HierarchyThatIsMountedNowhereForItselfAlone(String hierarchy)
      throws Exception {
    String name = KernelCgroups.uniqueName();
    try (KernelCgroups cgroups = new KernelCgroups()) {
      CgroupDirectory made = cgroups.make(hierarchy, name);
      String before = mountinfo(Path.of("/proc/self"));
      CgroupMembership own = new ProcMembership(Path.of("/proc"), new CgroupNamespaces()).own();
      CgroupFs nothingMounted = new CgroupFs(Path.of("/"), "");

      try (PrivateV1Mounts mounts = new PrivateV1Mounts(nothingMounted, own, Path.of("/proc"))) {
        CgroupDirectory found = mounts.locate(hierarchy, name);
        assertThat(Files.isSameFile(found.path(), made.path())).isTrue();
        assertThatThrownBy(() -> mounts.locate("", name)).hasMessageContaining("not mounted");
        assertThatThrownBy(() -> mounts.locate("hugetlb", name))
            .hasMessageContaining("not mounted");
      }
      assertThat(mountinfo(Path.of("/proc/self"))).isEqualTo(before);
    }
  }

  @Test
  void seesTheCgroupsOfATaskAsItsNamespaceShowsThem() throws Exception {
    String name = KernelCgroups.uniqueName();
    try (KernelCgroups cgroups = new KernelCgroups()) {
      Path procs = cgroups.make("", name).path().resolve("cgroup.procs");
      Process task =
          cgroups.start("sh", "-c", "echo $$ > " + procs + "; exec unshare -C sleep 1000");
      Path proc = Path.of("/proc");
      Path comm = proc.resolve(task.pid() + "/comm");
      KernelCgroups.await(() -> Files.readString(comm).equals("sleep\n"));
      ProcMembership reader = new ProcMembership(proc, new CgroupNamespaces());
      int pid = KernelCgroups.pid(task);

      assertThat(reader.of(pid, pid).path("")).isEqualTo(name);
      assertThat(reader.seenByItself(pid).path("")).isEqualTo("/");
      assertThat(reader.of(pid, pid).path("")).isEqualTo(name);
    }
  }

  private static String mountinfo(Path proc) throws IOException {
    return Files.readString(proc.resolve("mountinfo"));
  }

  private static String options(String mountinfo) {
    return mountinfo.lines().filter(l -> l.contains(" cgroup2 ")).toList().toString();
  }
}
