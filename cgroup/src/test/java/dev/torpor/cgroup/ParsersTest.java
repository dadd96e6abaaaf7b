// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.proc.ProcException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParsersTest {

  @Test
  void membershipKeepsOrderAndCoMountedControllers() throws IOException {
    CgroupMembership legacy = CgroupMembership.parse(Recorded.text("systemd-legacy.cgroup"));

    assertThat(legacy.entries()).hasSize(13);
    assertThat(legacy.entries().get(0)).isEqualTo(new CgroupMembership.Entry(12, "freezer", "/"));
    assertThat(legacy.path("cpu,cpuacct")).isEqualTo("/user.slice");
    assertThat(legacy.path("")).isEqualTo("/user.slice/user-1000.slice/session-1.scope");
    assertThat(legacy.entries().get(11).isNamed()).isTrue();
    assertThat(legacy.path("cpu")).isNull();
  }

  @Test
  void membershipOfUnifiedHostHasOneLine() throws IOException {
    CgroupMembership unified = CgroupMembership.parse(Recorded.text("systemd-unified.cgroup"));

    assertThat(unified.entries())
        .containsExactly(new CgroupMembership.Entry(0, "", "/system.slice/docker-4f6d.scope"));
  }

  @Test
  void membershipPathMayHoldColons() throws IOException {
    assertThat(CgroupMembership.parse("0::/a:b\n").path("")).isEqualTo("/a:b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x::/", "0:", "0::", "0::relative", ":cpu:/", "\n"})
  void malformedMembershipIsRefused(String text) {
    assertThatThrownBy(() -> CgroupMembership.parse(text))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining(text.strip());
  }

  @Test
  void mountsOfSeparateControllers() throws IOException {
    List<CgroupMount> mounts = CgroupMount.parse(Recorded.text("separate-controllers.mountinfo"));

    assertThat(mounts).hasSize(10);
    assertThat(find(mounts, "cpu").mountPoint()).isEqualTo("/sys/fs/cgroup/cpu");
    assertThat(find(mounts, "name=systemd").mountPoint()).isEqualTo("/sys/fs/cgroup/systemd");
    assertThat(find(mounts, "").mountPoint()).isEqualTo("/sys/fs/cgroup/unified");
  }

  @Test
  void mountsOfSystemdHosts() throws IOException {
    List<CgroupMount> legacy = CgroupMount.parse(Recorded.text("systemd-legacy.mountinfo"));
    List<CgroupMount> unified = CgroupMount.parse(Recorded.text("systemd-unified.mountinfo"));

    assertThat(find(legacy, "cpu,cpuacct").mountPoint()).isEqualTo("/sys/fs/cgroup/cpu,cpuacct");
    assertThat(find(legacy, "cpuset").options()).contains("clone_children");
    assertThat(find(legacy, "").mountPoint()).isEqualTo("/sys/fs/cgroup/unified");
    assertThat(unified).hasSize(1);
    assertThat(unified.get(0).mountPoint()).isEqualTo("/sys/fs/cgroup");
    assertThat(unified.get(0).shows("memory")).isFalse();
  }

  @Test
  void mountOfPartOfHierarchyAndEscapes() throws IOException {
    List<CgroupMount> mounts = CgroupMount.parse(Recorded.text("container-v1.mountinfo"));

    CgroupMount memory = find(mounts, "memory");
    assertThat(memory.relativePath("/docker/0123abcd")).isEmpty();
    assertThat(memory.relativePath("/docker/0123abcd/x")).isEqualTo("/x");
    assertThat(memory.relativePath("/docker/0123abcde")).isNull();
    assertThat(memory.relativePath("/")).isNull();
    assertThat(find(mounts, "").mountPoint()).isEqualTo("/a b\\c");
  }

  @Test
  void laterMountOnSamePointHidesEarlier() throws IOException {
    String text =
        """
        30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
        31 30 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        """;

    assertThat(CgroupMount.parse(text)).isEmpty();
  }

  @Test
  void malformedMountinfoIsRefused() {
    assertThatThrownBy(() -> CgroupMount.parse("30 22 0:26 / /sys rw cgroup2\n"))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("30 22 0:26");
  }

  private static CgroupMount find(List<CgroupMount> mounts, String hierarchy) {
    return mounts.stream().filter(m -> m.shows(hierarchy)).findFirst().orElseThrow();
  }
}
