// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class OptionsTest {

  @Test
  void everyModeHasItsNameOnTheCommandLine() {
    for (ManageCgroupsMode mode : ManageCgroupsMode.values()) {
      assertThat(ManageCgroupsMode.ofName(mode.name().toLowerCase(Locale.ROOT))).isEqualTo(mode);
    }
    assertThat(ManageCgroupsMode.ofName("hard")).isNull();
    assertThat(ManageCgroupsMode.DEFAULT).isEqualTo(ManageCgroupsMode.SOFT);
  }

  @Test
  void oneControllerOfSeveralNamesTheirHierarchy() throws CgroupException {
    CgroupOptions options =
        new CgroupOptions(
            ManageCgroupsMode.SOFT,
            List.of(
                new CgroupRoot(null, "/all"),
                new CgroupRoot("cpu", "/cpu"),
                new CgroupRoot("", "/v2")));

    assertThat(options.rootOf("cpu,cpuacct")).isEqualTo("/cpu");
    assertThat(options.rootOf("")).isEqualTo("/v2");
    assertThat(options.rootOf("cpuset")).isEqualTo("/all");
  }

  @Test
  void differentRootsForOneHierarchyAreRefused() {
    CgroupOptions options =
        new CgroupOptions(
            ManageCgroupsMode.SOFT,
            List.of(new CgroupRoot("cpu", "/a"), new CgroupRoot("cpuacct", "/b")));

    assertThatThrownBy(() -> options.rootOf("cpu,cpuacct"))
        .hasMessageContaining("two new roots, /a and /b");
  }
}
