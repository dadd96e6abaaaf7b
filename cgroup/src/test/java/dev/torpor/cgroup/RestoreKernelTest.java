// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Directories captured, removed and brought back on the running kernel. */
class RestoreKernelTest {
  private static final List<String> HIERARCHIES =
      List.of("cpu", "cpuset", "memory", "devices", "freezer", "pids", "blkio", "name=systemd", "");
  private static final int SET = 2;

  private final String name = KernelCgroups.uniqueName();
  private final List<Path> journal = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private KernelCgroups cgroups;
  private cgroup_entry image;

  @BeforeEach
  void captureAndRemove() throws Exception {
    cgroups = new KernelCgroups();
    try (KernelCgroups before = new KernelCgroups()) {
      for (String hierarchy : HIERARCHIES) {
        before.make(hierarchy, name);
      }
      new CpusetController().initialise(at("cpuset"), cgroups.fs.locate("cpuset", "/"));
      at("cpu").write("cpu.shares", "512");
      at("memory").write("memory.limit_in_bytes", "104857600");
      at("memory").write("memory.swappiness", "17");
      at("pids").write("pids.max", "77");
      at("cpu").write("cpu.cfs_quota_us", "50000");
      at("cpu").write("cpu.cfs_burst_us", "20000");
      at("blkio").write("blkio.throttle.read_bps_device", anyDisk() + " 1048576");
      at("blkio").write("blkio.throttle.write_iops_device", anyDisk() + " 33");
      at("devices").write("devices.deny", "a");
      at("devices").write("devices.allow", "c 1:3 rwm");
      before.make("pids", name + "/below").write("pids.max", "5");
      before.make("", name + "/below").write("cgroup.max.depth", "3");
      Files.setAttribute(at("pids").path(), "unix:uid", 1000);
      Process task = before.sleeper();
      moveBySelf(task);
      image = capture(task).entry();
    }
    for (String hierarchy : HIERARCHIES) {
      assertThat(at(hierarchy).exists()).isFalse();
    }
  }

  /** The number of a whole device, which limits are about. */
  private static String anyDisk() throws IOException {
    return disk(0);
  }

  private static String otherDisk() throws IOException {
    return disk(1);
  }

  private static String disk(int index) throws IOException {
    try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
      Path disk = disks.sorted().skip(index).findFirst().orElseThrow();
      return Files.readString(disk.resolve("dev")).strip();
    }
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    cgroups.close();
  }

  @Test
  void restoredCgroupsAreCapturedTheSame() throws Exception {
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(image);
    Process task = cgroups.sleeper();
    restorer.move(KernelCgroups.pid(task), SET);
    assertThat(at("memory").read("memory.limit_in_bytes").strip()).isNotEqualTo("104857600");
    restorer.applyProperties();
    restorer.restoreFreezer();

    assertThat(capture(task).entry()).isEqualTo(image);
    assertThat(warnings).isEmpty();
    assertThat(at("cpu").read("cpu.cfs_burst_us").strip()).isEqualTo("20000");
    assertThat(at("blkio").read("blkio.throttle.write_iops_device").strip())
        .isEqualTo(anyDisk() + " 33");
    assertThat(journal).isEqualTo(restorer.createdDirectories());
  }

  @Test
  void newRootsTakeTheCgroupsElsewhere() throws Exception {
    String other = name + "-moved";
    CgroupRestorer restorer =
        restorer(
            ManageCgroupsMode.SOFT,
            List.of(new CgroupRoot(null, other), new CgroupRoot("pids", other + "/deep/er")));
    expectAll(other);
    cgroups.expect("pids", other + "/deep");
    cgroups.expect("pids", other + "/deep/er");
    cgroups.expect("pids", other + "/deep/er/below");
    cgroups.expect("", other + "/below");
    restorer.prepare(image);
    Process task = cgroups.sleeper();
    restorer.move(KernelCgroups.pid(task), SET);
    restorer.applyProperties();

    CgroupMembership membership = reader().of(KernelCgroups.pid(task), KernelCgroups.pid(task));
    assertThat(membership.path("memory")).isEqualTo(other);
    assertThat(membership.path("pids")).isEqualTo(other + "/deep/er");
    assertThat(membership.path("")).isEqualTo(other);
    assertThat(cgroups.fs.locate("pids", other + "/deep/er").read("pids.max")).isEqualTo("77\n");
    assertThat(at("memory").exists()).isFalse();
  }

  @Test
  void missingCpusetAboveGetsTheCpusOfItsParent() throws Exception {
    String other = name + "-moved";
    CgroupRestorer restorer =
        restorer(ManageCgroupsMode.SOFT, List.of(new CgroupRoot("cpuset", other + "/deep")));
    expectAll(name);
    cgroups.expect("cpuset", other);
    cgroups.expect("cpuset", other + "/deep");
    restorer.prepare(image);

    restorer.move(KernelCgroups.pid(cgroups.sleeper()), SET);

    assertThat(cgroups.fs.locate("cpuset", other + "/deep").processes()).hasSize(1);
  }

  @Test
  void softLeavesPropertiesOfExistingDirectories() throws Exception {
    CgroupDirectory pids = cgroups.make("pids", name);
    pids.write("pids.max", "10");
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(image);
    restorer.applyProperties();

    assertThat(pids.read("pids.max")).isEqualTo("10\n");
    assertThat(at("cpu").read("cpu.shares")).isEqualTo("512\n");
    assertThat(cgroups.fs.locate("pids", name + "/below").read("pids.max")).isEqualTo("5\n");
  }

  @Test
  void fullSetsPropertiesOfExistingDirectoriesAndUndoPutsThemBack() throws Exception {
    CgroupDirectory pids = cgroups.make("pids", name);
    pids.write("pids.max", "10");
    CgroupRestorer restorer = restorer(ManageCgroupsMode.FULL, List.of());
    restorer.prepare(image);
    restorer.applyProperties();
    assertThat(pids.read("pids.max")).isEqualTo("77\n");
    assertThat(Files.getAttribute(pids.path(), "unix:uid")).isEqualTo(1000);

    restorer.undo(1000);

    assertThat(pids.read("pids.max")).isEqualTo("10\n");
    assertThat(Files.getAttribute(pids.path(), "unix:uid")).isEqualTo(0);
    assertThat(at("cpu").exists()).isFalse();
    assertThat(cgroups.fs.locate("pids", name + "/below").exists()).isFalse();
  }

  /** Files with a line for each device take one at a time, and keep those that nobody names. */
  @Test
  void undoPutsBackWhatDevicesHad() throws Exception {
    CgroupDirectory blkio = cgroups.make("blkio", name);
    String before = anyDisk() + " 99\n" + otherDisk() + " 11\n";
    for (String line : before.lines().toList()) {
      blkio.write("blkio.throttle.write_iops_device", line);
    }
    before = blkio.read("blkio.throttle.write_iops_device");
    assertThat(before.lines()).hasSize(2);
    CgroupRestorer restorer = restorer(ManageCgroupsMode.FULL, List.of());
    restorer.prepare(image);
    restorer.applyProperties();
    assertThat(blkio.read("blkio.throttle.read_bps_device")).contains("1048576");
    assertThat(blkio.read("blkio.throttle.write_iops_device")).contains(anyDisk() + " 33");

    restorer.undo(1000);

    assertThat(blkio.read("blkio.throttle.read_bps_device")).isEmpty();
    assertThat(blkio.read("blkio.throttle.write_iops_device")).isEqualTo(before);
  }

  @Test
  void undoWaitsForKilledTasks() throws Exception {
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(image);
    Process task = cgroups.sleeper();
    restorer.move(KernelCgroups.pid(task), SET);
    task.destroyForcibly();

    restorer.undo(5000);

    for (String hierarchy : HIERARCHIES) {
      assertThat(at(hierarchy).exists()).as(hierarchy).isFalse();
    }
  }

  @Test
  void strictRefusesWhatExistsAndUndoLeavesIt() throws Exception {
    CgroupDirectory memory = cgroups.make("memory", name);
    CgroupRestorer restorer = restorer(ManageCgroupsMode.STRICT, List.of());
    expectAll(name);

    assertThatThrownBy(() -> restorer.prepare(image))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining(memory.path() + ": exists");
    restorer.undo(1000);

    assertThat(memory.exists()).isTrue();
    assertThat(at("pids").exists()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = ManageCgroupsMode.class,
      names = {"NONE", "PROPS"})
  void modesThatMakeNothingRefuseWhatIsMissing(ManageCgroupsMode mode) {
    CgroupRestorer restorer = restorer(mode, List.of());

    assertThatThrownBy(() -> restorer.prepare(image))
        .hasMessageContaining("does not exist, and this --manage-cgroups mode makes none");
    assertThat(restorer.createdDirectories()).isEmpty();
  }

  @Test
  void ignoreDoesNothing() throws Exception {
    CgroupRestorer restorer = restorer(ManageCgroupsMode.IGNORE, List.of());
    Process task = cgroups.sleeper();
    restorer.prepare(image);
    restorer.move(KernelCgroups.pid(task), SET);
    restorer.applyProperties();

    assertThat(at("pids").exists()).isFalse();
  }

  @Test
  void unknownSetIsRefused() throws Exception {
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(image);

    assertThatThrownBy(() -> restorer.move(1, 99)).hasMessageContaining("has no set 99");
  }

  @Test
  void threadMovesAloneWhereThreadsAreToldApart() throws Exception {
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(image);
    Process task =
        cgroups.start(
            "python3",
            "-c",
            """
            import threading, time
            threading.Thread(target=time.sleep, args=(1000,)).start()
            time.sleep(1000)
            """);
    Path threads = Path.of("/proc/" + task.pid() + "/task");
    KernelCgroups.await(() -> count(threads) == 2);
    int tid = lastThread(threads);

    restorer.moveThread(tid, SET);

    assertThat(reader().of(KernelCgroups.pid(task), tid).path("pids")).isEqualTo(name);
    assertThat(reader().of(KernelCgroups.pid(task), tid).path("")).isNotEqualTo(name);
    assertThat(reader().of(KernelCgroups.pid(task), KernelCgroups.pid(task)).path("pids"))
        .isNotEqualTo(name);
  }

  @Test
  void namespaceRootComesBeforeTheCgroup() throws Exception {
    cgroup_entry.Builder nested = image.toBuilder();
    nested
        .getSetsBuilder(0)
        .getCtlsBuilderList()
        .forEach(
            member -> {
              if (member.getName().equals("pids")) {
                member.setPath(name + "/below").setCgnsPrefix(name.length());
              }
            });
    CgroupRestorer restorer = restorer(ManageCgroupsMode.SOFT, List.of());
    expectAll(name);
    restorer.prepare(nested.build());
    Process task = cgroups.sleeper();
    int pid = KernelCgroups.pid(task);

    assertThat(restorer.enterNamespaceRoot(pid, SET)).isTrue();
    assertThat(reader().of(pid, pid).path("pids")).isEqualTo(name);
    assertThat(reader().of(pid, pid).path("memory")).isNotEqualTo(name);
    restorer.move(pid, SET);
    assertThat(reader().of(pid, pid).path("pids")).isEqualTo(name + "/below");
  }

  private CgroupRestorer restorer(ManageCgroupsMode mode, List<CgroupRoot> roots) {
    return new CgroupRestorer(
        cgroups.fs,
        new CgroupOptions(mode, roots),
        journal::add,
        warnings::add,
        new Rooms(Controllers.all()));
  }

  private void expectAll(String path) throws IOException {
    for (String hierarchy : HIERARCHIES) {
      cgroups.expect(hierarchy, path);
    }
    cgroups.expect("pids", path + "/below");
    cgroups.expect("", path + "/below");
  }

  private CgroupCapture capture(Process task) throws CgroupException {
    int pid = KernelCgroups.pid(task);
    CgroupOptions options = new CgroupOptions(ManageCgroupsMode.SOFT, List.of());
    return new CgroupDumper(
            cgroups.fs,
            new OfHierarchies(reader(), HIERARCHIES),
            options,
            null,
            warnings::add,
            new Rooms(Controllers.all()))
        .capture(pid, Map.of(pid, List.of(pid)));
  }

  private void moveBySelf(Process task) throws CgroupException {
    for (String hierarchy : HIERARCHIES) {
      at(hierarchy).write("cgroup.procs", Long.toString(task.pid()));
    }
  }

  private static ProcMembership reader() {
    return new ProcMembership(
        Path.of("/proc"),
        (pid, file) -> {
          throw new IOException("no namespace expected");
        });
  }

  private static long count(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.count();
    }
  }

  private static int lastThread(Path threads) throws IOException {
    try (var entries = Files.list(threads)) {
      return entries
          .mapToInt(p -> Integer.parseInt(p.getFileName().toString()))
          .max()
          .orElseThrow();
    }
  }

  private CgroupDirectory at(String hierarchy) throws CgroupException {
    return cgroups.fs.locate(hierarchy, name);
  }
}
