// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Capture from files that look like a cgroup file system, in a yard. */
class CaptureTest {
  private static final CgroupOptions SOFT = new CgroupOptions(ManageCgroupsMode.SOFT, List.of());

  @TempDir Path yard;
  private final FakeMembership tasks = new FakeMembership();
  private final List<String> warnings = new ArrayList<>();

  @Test
  void tasksInTheCgroupsOfTheDumperNeedNoImage() throws IOException {
    tasks.own = "1:memory:/\n";
    tasks.of(10, "1:memory:/\n");

    CgroupCapture capture = capture(SOFT, Map.of(10, List.of(10)));

    assertThat(capture.entry()).isNull();
    assertThat(capture.dumperSetId()).isEqualTo(1);
    assertThat(capture.setIds()).containsExactlyEntriesOf(Map.of(10, 1));
  }

  @Test
  void setsAreSharedAndSortedByHierarchy() throws IOException {
    cgroup("memory/a");
    cgroup("pids/a");
    cgroup("pids/b");
    tasks.own = "2:pids:/\n1:memory:/\n";
    tasks.of(10, "2:pids:/a\n1:memory:/a\n");
    tasks.of(11, "2:pids:/a\n1:memory:/a\n");
    tasks.of(12, "2:pids:/b\n1:memory:/a\n");

    CgroupCapture capture = capture(SOFT, Map.of(10, List.of(10, 11, 12)));

    assertThat(capture.setIds()).containsAllEntriesOf(Map.of(10, 2, 11, 2, 12, 3));
    assertThat(capture.entry().getSetsList()).extracting(cg_set_entry::getId).containsExactly(2, 3);
    assertThat(capture.entry().getSets(0).getCtls(0).getName()).isEqualTo("memory");
    assertThat(capture.entry().getControllers(0).getCnamesList()).containsExactly("pids");
    assertThat(capture.entry().getControllers(0).getDirsList())
        .extracting(cgroup_dir_entry::getDirName)
        .containsExactly("a", "b");
  }

  @Test
  void directoriesNestWhicheverComesFirst() throws IOException {
    cgroup("pids/a/b/c");
    cgroup("pids/a");
    cgroup("pids/ab");
    tasks.own = "1:pids:/\n";
    tasks.of(10, "1:pids:/a/b/c\n");
    tasks.of(11, "1:pids:/a\n");
    tasks.of(12, "1:pids:/ab\n");

    cgroup_entry entry = capture(SOFT, Map.of(10, List.of(10, 11, 12))).entry();

    List<cgroup_dir_entry> heads = entry.getControllers(0).getDirsList();
    assertThat(heads).extracting(cgroup_dir_entry::getDirName).containsExactly("a", "ab");
    assertThat(heads.get(0).getChildren(0).getDirName()).isEqualTo("b");
    assertThat(heads.get(0).getChildren(0).getChildren(0).getDirName()).isEqualTo("c");
  }

  @Test
  void valuesAreSavedAsCriuSavesThem() throws IOException {
    Path memory = cgroup("memory/a");
    file(memory, "memory.limit_in_bytes", "9223372036854771712\n");
    file(memory, "memory.soft_limit_in_bytes", "9223372036854775807\n");
    file(memory, "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n");
    file(memory, "tasks", "10\n");
    Path devices = cgroup("devices/a");
    file(devices, "devices.list", "c 1:3 rwm\nc 1:5 rwm\n");
    tasks.own = "2:memory:/\n1:devices:/\n";
    tasks.of(10, "2:memory:/a\n1:devices:/a\n");

    cgroup_entry entry = capture(SOFT, Map.of(10, List.of(10))).entry();

    assertThat(values(entry.getControllers(0).getDirs(0)))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "memory.limit_in_bytes", "9223372036854771712",
                "memory.soft_limit_in_bytes", "-1",
                "memory.oom_control", "1",
                "cgroup.procs", "",
                "tasks", ""));
    assertThat(values(entry.getControllers(1).getDirs(0)))
        .containsEntry("devices.list", "c 1:3 rwm\nc 1:5 rwm");
    assertThat(entry.getControllers(0).getIsThreaded()).isTrue();
    assertThat(entry.getControllers(1).getIsThreaded()).isFalse();
  }

  @Test
  void namespaceRootIsNotedInEverySet() throws IOException {
    cgroup("unified/ctr/a");
    cgroup("unified/ctr/b");
    tasks.own = "0::/\n";
    tasks.of(10, "0::/ctr/a\n");
    tasks.of(11, "0::/ctr/b\n");
    tasks.inside = "0::/a\n";

    CgroupCapture capture = capture(SOFT, Map.of(10, List.of(10), 11, List.of(11)));

    assertThat(capture.entry().getSetsList())
        .extracting(s -> s.getCtls(0).getPath(), s -> s.getCtls(0).getCgnsPrefix())
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("/ctr/a", 4),
            org.assertj.core.groups.Tuple.tuple("/ctr/b", 4));
  }

  @Test
  void taskOutsideOfItsNamespaceIsRefused() {
    tasks.own = "0::/\n";
    tasks.of(10, "0::/elsewhere\n");
    tasks.inside = "0::/../elsewhere\n";

    assertThatThrownBy(() -> capture(SOFT, Map.of(10, List.of(10))))
        .hasMessageContaining("cgroup namespace of task 10");
  }

  @Test
  void ignoreSavesSetsButNoDirectories() throws IOException {
    tasks.own = "1:memory:/\n";
    tasks.of(10, "1:memory:/a\n");

    cgroup_entry entry =
        capture(new CgroupOptions(ManageCgroupsMode.IGNORE, List.of()), Map.of(10, List.of(10)))
            .entry();

    assertThat(entry.getSets(0).getCtls(0).getPath()).isEqualTo("/a");
    assertThat(entry.getControllers(0).getDirsCount()).isZero();
    assertThat(entry.getControllers(0).getIsThreaded()).isFalse();
  }

  @Test
  void setOfTheDumperIsSavedWhenOnlyAChildIsInIt() throws IOException {
    cgroup("pids");
    cgroup("pids/a");
    tasks.own = "1:pids:/\n";
    tasks.of(10, "1:pids:/a\n");
    tasks.of(11, "1:pids:/\n");

    CgroupCapture capture = capture(SOFT, Map.of(10, List.of(10), 11, List.of(11)));

    assertThat(capture.setIds()).containsAllEntriesOf(Map.of(10, 2, 11, 1));
    assertThat(capture.entry().getSetsList()).extracting(cg_set_entry::getId).contains(1, 2);
    assertThat(capture.entry().getControllers(0).getDirs(0).getDirName()).isEmpty();
    assertThat(capture.entry().getControllers(0).getDirs(0).getChildren(0).getDirName())
        .isEqualTo("a");
  }

  @Test
  void hierarchyFrozenForTheDumpIsNotSavedAsFrozen() throws IOException {
    Path frozen = cgroup("unified/a");
    file(frozen, "cgroup.freeze", "1\n");
    file(frozen, "cgroup.events", "populated 1\nfrozen 1\n");
    Path within = cgroup("unified/a/paused");
    file(within, "cgroup.freeze", "1\n");
    tasks.own = "0::/\n";
    tasks.of(10, "0::/a\n");

    cgroup_entry entry =
        new CgroupDumper(
                this::locate,
                tasks,
                SOFT,
                Freezer.of(frozen),
                warnings::add,
                new Rooms(Controllers.all()))
            .capture(10, Map.of(10, List.of(10)))
            .entry();

    cgroup_dir_entry top = entry.getControllers(0).getDirs(0);
    assertThat(values(top)).containsEntry("cgroup.freeze", "0");
    assertThat(values(top.getChildren(0))).containsEntry("cgroup.freeze", "1");
  }

  /** What was read while the tree ran is not read again, if its tasks are where they were. */
  @Test
  void stoppedTreeIsOnlyAskedWhereItsTasksAre() throws IOException {
    Path a = cgroup("pids/a");
    file(a, "pids.max", "7\n");
    cgroup("pids/b");
    tasks.own = "1:pids:/\n";
    tasks.of(10, "1:pids:/a\n");
    List<String> located = new ArrayList<>();
    CgroupDumper dumper =
        new CgroupDumper(
            (hierarchy, cgroup) -> {
              located.add(cgroup);
              return locate(hierarchy, cgroup);
            },
            tasks,
            SOFT,
            null,
            warnings::add,
            new Rooms(Controllers.all()));

    dumper.rehearse(10, List.of(10, 11));
    cgroup_entry entry = dumper.capture(10, Map.of(10, List.of(10))).entry();

    assertThat(located).containsExactly("/a");
    assertThat(values(entry.getControllers(0).getDirs(0))).containsEntry("pids.max", "7");
    tasks.of(10, "1:pids:/b\n");
    assertThat(dumper.capture(10, Map.of(10, List.of(10))).entry().getControllers(0).getDirsList())
        .extracting(cgroup_dir_entry::getDirName)
        .containsExactly("b");
  }

  @Test
  void newRootTakesThePlaceOfWhereTasksAre() throws IOException {
    cgroup("pids/a/b");
    cgroup("pids/c");
    tasks.own = "1:pids:/\n";
    tasks.of(10, "1:pids:/a/b\n");
    CgroupOptions options =
        new CgroupOptions(ManageCgroupsMode.SOFT, List.of(new CgroupRoot("pids", "/a")));

    cgroup_dir_entry top =
        capture(options, Map.of(10, List.of(10))).entry().getControllers(0).getDirs(0);

    assertThat(top.getDirName()).isEqualTo("a");
    assertThat(top.getChildren(0).getDirName()).isEqualTo("b");
    tasks.of(10, "1:pids:/c\n");
    assertThatThrownBy(() -> capture(options, Map.of(10, List.of(10))))
        .hasMessageContaining("cgroup /c of cgroup hierarchy pids")
        .hasMessageContaining("--cgroup-root");
  }

  @Test
  void limitsOfVersion2AreSaved() throws IOException {
    Path limited = cgroup("unified/a");
    file(limited, "cgroup.controllers", "cpu io memory\n");
    file(limited, "memory.max", "16777216\n");
    file(limited, "cpu.max", "10000 100000\n");
    file(limited, "cpu.idle", "1\n");
    file(limited, "cpu.weight", "0\n");
    file(limited, "pids.max", "max\n");
    file(limited, "io.max", "8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=max\n");
    file(limited, "hugetlb.2MB.max", "4194304\n");
    file(limited, "hugetlb.1GB.max", "max\n");
    file(limited, "hugetlb.1GB.rsvd.max", "9223372036854771712\n");
    file(limited, "hugetlb.2MB.rsvd.max", "9223372036853727232\n");
    file(limited, "cpuset.cpus.partition", "root\n");
    cgroup("unified/a/free");
    tasks.own = "0::/\n";
    tasks.of(10, "0::/a\n");

    cgroup_dir_entry saved =
        capture(SOFT, Map.of(10, List.of(10))).entry().getControllers(0).getDirs(0);

    List<String> limits = new ArrayList<>();
    for (cgroup_prop_entry limit : saved.getLimitsList()) {
      limits.add(limit.getName() + " = " + limit.getValue());
    }
    assertThat(limits)
        .containsExactly(
            "cpu.idle = 1",
            "cpu.max = 10000 100000",
            "io.max = 8:0 rbps=1 wbps=max\n8:16 rbps=2 wbps=max",
            "memory.max = 16777216",
            "hugetlb.2MB.max = 4194304");
    assertThat(saved.getChildren(0).getLimitsList()).isEmpty();
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains(limited + ": images do not carry cpuset.cpus.partition = root;");
  }

  private CgroupCapture capture(CgroupOptions options, Map<Integer, List<Integer>> threads)
      throws CgroupException {
    return new CgroupDumper(
            this::locate, tasks, options, null, warnings::add, new Rooms(Controllers.all()))
        .capture(10, threads);
  }

  private CgroupDirectory locate(String hierarchy, String cgroup) {
    String top = hierarchy.isEmpty() ? "unified" : hierarchy.replace("name=", "");
    return new CgroupDirectory(yard.resolve(top)).resolve(cgroup);
  }

  private static Map<String, String> values(cgroup_dir_entry directory) {
    Map<String, String> values = new HashMap<>();
    for (cgroup_prop_entry property : directory.getPropertiesList()) {
      values.put(property.getName(), property.getValue());
    }
    return values;
  }

  private Path cgroup(String path) throws IOException {
    Path directory = Files.createDirectories(yard.resolve(path));
    file(directory, "cgroup.procs", "");
    return directory;
  }

  private static void file(Path directory, String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  private static final class FakeMembership implements MembershipReader {
    private final Map<Integer, String> tasks = new HashMap<>();
    private String own;
    private String inside;

    void of(int tid, String text) {
      tasks.put(tid, text);
    }

    @Override
    public CgroupMembership own() throws CgroupException {
      return CgroupMembership.parse(own);
    }

    @Override
    public CgroupMembership of(int pid, int tid) throws CgroupException {
      if (!tasks.containsKey(tid)) {
        throw new CgroupException("read /proc/" + pid + "/task/" + tid + "/cgroup: gone");
      }
      return CgroupMembership.parse(tasks.get(tid));
    }

    @Override
    public boolean exists(int pid) {
      return tasks.containsKey(pid);
    }

    @Override
    public CgroupMembership seenByItself(int pid) throws CgroupException {
      return CgroupMembership.parse(inside == null ? tasks.get(pid) : inside);
    }
  }
}
