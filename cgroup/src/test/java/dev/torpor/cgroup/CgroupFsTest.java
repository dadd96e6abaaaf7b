// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupFsTest {
  @TempDir Path root;

  @Test
  void findsCgroupBelowWhereverTheHierarchyIsMounted() throws IOException {
    cgroup("sys/fs/cgroup/cpu,cpuacct");
    cgroup("sys/fs/cgroup/unified");
    CgroupFs fs = new CgroupFs(root, Recorded.text("systemd-legacy.mountinfo"));

    assertThat(fs.locate("cpu,cpuacct", "/a/b").path())
        .isEqualTo(root.resolve("sys/fs/cgroup/cpu,cpuacct/a/b"));
    assertThat(fs.locate("", "/").path()).isEqualTo(root.resolve("sys/fs/cgroup/unified"));
  }

  @Test
  void coveredMountIsNotUsed() throws IOException {
    Files.createDirectories(root.resolve("sys/fs/cgroup"));
    CgroupFs fs = new CgroupFs(root, Recorded.text("systemd-unified.mountinfo"));

    assertThatThrownBy(() -> fs.locate("", "/"))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("cgroup2 hierarchy: not mounted anywhere visible");
  }

  @Test
  void unmountedHierarchyIsRefusedWithTheWayOut() throws IOException {
    CgroupFs fs = new CgroupFs(root, Recorded.text("systemd-unified.mountinfo"));

    assertThatThrownBy(() -> fs.locate("cpuset", "/"))
        .hasMessageContaining("cgroup hierarchy cpuset: not mounted")
        .hasMessageContaining("mount -t cgroup -o cpuset");
  }

  @Test
  void partOfHierarchyIsNotEnoughForCgroupsOutside() throws IOException {
    cgroup("sys/fs/cgroup/memory");
    CgroupFs fs = new CgroupFs(root, Recorded.text("container-v1.mountinfo"));

    assertThat(fs.locate("memory", "/docker/0123abcd/x").path())
        .isEqualTo(root.resolve("sys/fs/cgroup/memory/x"));
    assertThatThrownBy(() -> fs.locate("memory", "/other"))
        .hasMessageContaining("cgroup /other of cgroup hierarchy memory: outside");
  }

  @Test
  void secondViewIsAskedWhenTheFirstDoesNotShowIt() throws IOException {
    cgroup("host/sys/fs/cgroup/memory");
    cgroup("ctr/sys/fs/cgroup/memory");
    CgroupFs fs = new CgroupFs(root.resolve("ctr"), Recorded.text("container-v1.mountinfo"));
    fs.addView(root.resolve("host"), Recorded.text("systemd-legacy.mountinfo"));

    assertThat(fs.locate("memory", "/other").path())
        .isEqualTo(root.resolve("host/sys/fs/cgroup/memory/other"));
  }

  private void cgroup(String path) throws IOException {
    Path directory = Files.createDirectories(root.resolve(path));
    Files.createFile(directory.resolve("cgroup.procs"));
  }
}
