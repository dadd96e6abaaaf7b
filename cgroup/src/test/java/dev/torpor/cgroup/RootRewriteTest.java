// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cg_member_entry;
import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;
import java.util.List;
import org.junit.jupiter.api.Test;

class RootRewriteTest {

  @Test
  void topDirectoryAndPathsFollow() throws CgroupException {
    cgroup_entry moved = rewrite("docker/old", "/docker/old/in", 0, "/docker/new");

    assertThat(moved.getControllers(0).getDirs(0).getDirName()).isEqualTo("/docker/new");
    assertThat(moved.getSets(0).getCtls(0).getPath()).isEqualTo("/docker/new/in");
  }

  @Test
  void rootOfCgroupNamespaceTakesTheNewName() throws CgroupException {
    cgroup_entry moved = rewrite("docker/old/in", "/docker/old/in", 11, "/ctr");

    assertThat(moved.getControllers(0).getDirs(0).getDirName()).isEqualTo("/ctr/in");
    cg_member_entry member = moved.getSets(0).getCtls(0);
    assertThat(member.getPath()).isEqualTo("/ctr/in");
    assertThat(member.getCgnsPrefix()).isEqualTo(4);
  }

  @Test
  void wholeHierarchyMovesBelowTheNewRoot() throws CgroupException {
    cgroup_entry moved = rewrite("", "/sub", 0, "/new");

    assertThat(moved.getSets(0).getCtls(0).getPath()).isEqualTo("/new/sub");
  }

  @Test
  void newRootMayBeTheTop() throws CgroupException {
    cgroup_entry moved = rewrite("a", "/a/b", 0, "/");

    assertThat(moved.getControllers(0).getDirs(0).getDirName()).isEqualTo("/");
    assertThat(moved.getSets(0).getCtls(0).getPath()).isEqualTo("/b");
  }

  @Test
  void similarNamesAreLeftAlone() throws CgroupException {
    cgroup_entry moved = rewrite("a", "/ab", 0, "/new");

    assertThat(moved.getControllers(0).getDirs(0).getDirName()).isEqualTo("a");
    assertThat(moved.getSets(0).getCtls(0).getPath()).isEqualTo("/ab");
  }

  @Test
  void otherHierarchiesAreLeftAlone() throws CgroupException {
    cgroup_entry entry = entry("a", "/a", 0);

    assertThat(
            new RootRewrite(
                    new CgroupOptions(
                        ManageCgroupsMode.SOFT, List.of(new CgroupRoot("cpu", "/new"))))
                .apply(entry))
        .isEqualTo(entry);
  }

  private static cgroup_entry rewrite(String top, String path, int prefix, String root)
      throws CgroupException {
    CgroupOptions options =
        new CgroupOptions(ManageCgroupsMode.SOFT, List.of(new CgroupRoot(null, root)));
    return new RootRewrite(options).apply(entry(top, path, prefix));
  }

  private static cgroup_entry entry(String top, String path, int prefix) {
    cg_member_entry.Builder member = cg_member_entry.newBuilder().setName("pids").setPath(path);
    if (prefix > 0) {
      member.setCgnsPrefix(prefix);
    }
    return cgroup_entry
        .newBuilder()
        .addSets(cg_set_entry.newBuilder().setId(2).addCtls(member))
        .addControllers(
            cg_controller_entry
                .newBuilder()
                .addCnames("pids")
                .addDirs(cgroup_dir_entry.newBuilder().setDirName(top)))
        .build();
  }
}
