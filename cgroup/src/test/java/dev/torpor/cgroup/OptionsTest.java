// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

  @Test
  void modesOfCommandLineAndRpc() throws CgroupException {
    assertThat(ManageCgroupsMode.ofOption(null)).isEqualTo(ManageCgroupsMode.SOFT);
    assertThat(ManageCgroupsMode.ofOption("strict")).isEqualTo(ManageCgroupsMode.STRICT);
    assertThat(ManageCgroupsMode.ofRpc(0)).isEqualTo(ManageCgroupsMode.IGNORE);
    assertThat(ManageCgroupsMode.ofRpc(6)).isEqualTo(ManageCgroupsMode.SOFT);
    assertThatThrownBy(() -> ManageCgroupsMode.ofOption("hard"))
        .hasMessageContaining("unknown mode 'hard'");
    assertThatThrownBy(() -> ManageCgroupsMode.ofRpc(7)).hasMessageContaining("unknown mode 7");
  }

  @Test
  void rootsOfCommandLine() throws CgroupException {
    assertThat(CgroupRoot.ofOption("/a")).isEqualTo(new CgroupRoot(null, "/a"));
    assertThat(CgroupRoot.ofOption("cpu,cpuacct:/a"))
        .isEqualTo(new CgroupRoot("cpu,cpuacct", "/a"));
    assertThat(CgroupRoot.ofOption("name=systemd:/a:b"))
        .isEqualTo(new CgroupRoot("name=systemd", "/a:b"));
    assertThat(CgroupRoot.ofOption(":/a")).isEqualTo(new CgroupRoot("", "/a"));
    assertThatThrownBy(() -> CgroupRoot.ofOption("cpu:a"))
        .hasMessageContaining("want [CONTROLLERS:]");
  }

  @Test
  void oneControllerOfSeveralNamesTheirHierarchy() throws CgroupException {
    CgroupOptions options =
        CgroupOptions.of(ManageCgroupsMode.SOFT)
            .withRoots(
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
        CgroupOptions.of(ManageCgroupsMode.SOFT)
            .withRoots(List.of(new CgroupRoot("cpu", "/a"), new CgroupRoot("cpuacct", "/b")));

    assertThatThrownBy(() -> options.rootOf("cpu,cpuacct"))
        .hasMessageContaining("two new roots, /a and /b");
  }

  @Test
  void controllersToDump() {
    CgroupOptions all = CgroupOptions.of(ManageCgroupsMode.SOFT);
    CgroupOptions some = all.withDumpControllers(Set.of("cpu", "name=systemd"));

    assertThat(all.dumps("")).isTrue();
    assertThat(some.dumps("cpu,cpuacct")).isTrue();
    assertThat(some.dumps("name=systemd")).isTrue();
    assertThat(some.dumps("")).isFalse();
  }

  @Test
  void catalogueIsReplacedAndMerged() throws CgroupException {
    PropertyCatalogue catalogue =
        PropertyCatalogue.builtIn()
            .with(
                """
                "cpu":
                 - "strategy": "replace"
                 - "properties": ["cpu.shares"]
                "pids":
                 - "strategy": "merge"
                 - "properties": [ "pids.max", "pids.current" ]
                "freezer":
                 - "strategy": "replace"
                 - "properties": []
                "unified":
                 - "strategy": "merge"
                 - "properties": ["memory.max"]
                """);

    assertThat(catalogue.of("cpu")).containsExactly("cpu.shares");
    assertThat(catalogue.of("pids")).containsExactly("pids.max", "pids.current");
    assertThat(catalogue.of("freezer")).isEmpty();
    assertThat(catalogue.of("")).containsExactly("memory.max");
    assertThat(catalogue.of("devices")).containsExactly("devices.list");
    assertThat(PropertyCatalogue.builtIn().of("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cpu:",
        "\"cpu\" - ",
        "\"cpu\":\n - \"strategy\": \"keep\"\n - \"properties\": []",
        "\"cpu\":\n - \"strategy\": \"merge\"",
        "\"cpu\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"a\" \"b\"]",
        "\"cpu\":\n - \"strategy\": \"merge\"\n - \"properties\": [\"a",
        "\"\":"
      })
  void malformedCatalogueIsRefused(String text) {
    assertThatThrownBy(() -> PropertyCatalogue.builtIn().with(text))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("cgroup properties, character");
  }
}
