// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same process dumped by CRIU and captured here: cgroup.img must be the same. */
class CriuComparisonKernelTest {
  private static final List<String> HIERARCHIES =
      List.of(
          "cpu",
          "cpuacct",
          "cpuset",
          "memory",
          "devices",
          "freezer",
          "blkio",
          "pids",
          "name=systemd",
          "");

  @TempDir Path directory;
  private final String name = KernelCgroups.uniqueName();
  private Path criu;
  private KernelCgroups cgroups;

  private final List<String> warnings = new ArrayList<>();
  private CgroupOptions options = new CgroupOptions(ManageCgroupsMode.SOFT, List.of());
  private HierarchyLocator locator;

  /** What says the same to CRIU. */
  private List<String> criuOptions = List.of();

  @BeforeEach
  void open() throws IOException {
    String path = System.getenv("TORPOR_TEST_CRIU");
    assumeTrue(path != null, "TORPOR_TEST_CRIU names no CRIU to compare with");
    criu = Path.of(path);
    cgroups = new KernelCgroups();
    locator = cgroups.fs;
    for (String hierarchy : HIERARCHIES) {
      cgroups.make(hierarchy, name);
    }
    setCpuset();
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    if (cgroups != null) {
      cgroups.close();
    }
  }

  @Test
  void propertiesOfAllControllers() throws Exception {
    cgroups.make("memory", name + "/below");
    cgroups.make("pids", name + "/below");
    cgroups.make("", name + "/below");
    at("cpu").write("cpu.shares", "512");
    at("cpu").write("cpu.cfs_quota_us", "50000");
    at("memory").write("memory.limit_in_bytes", "104857600");
    at("memory").write("memory.swappiness", "17");
    at("memory").write("memory.oom_control", "1");
    at("pids").write("pids.max", "77");
    at("devices").write("devices.deny", "a");
    at("devices").write("devices.allow", "c 1:3 rwm");
    at("devices").write("devices.allow", "c 1:5 rw");
    at("").write("cgroup.max.depth", "5");
    Files.setAttribute(at("pids").path(), "unix:uid", 1000);
    Files.setAttribute(at("pids").path().resolve("cgroup.procs"), "unix:mode", 0664);

    compare(cgroups.sleeper(), null);
  }

  @Test
  void propertiesThatAUserNames() throws Exception {
    String properties =
        """
        "cpu":
         - "strategy": "replace"
         - "properties": ["cpu.shares", "cpu.stat"]
        "pids":
         - "strategy": "merge"
         - "properties": [ "pids.current", "pids.none" ]
        "cpuacct":
         - "strategy": "merge"
         - "properties": []
        """;
    criuOptions = List.of("--cgroup-props", properties);
    options =
        new CgroupOptions(
            ManageCgroupsMode.SOFT, List.of(), PropertyChanges.NONE.and(properties), List.of());
    cgroup_entry ours = compare(cgroups.sleeper(), null);
    assertThat(ours.toString()).contains("cpu.stat", "pids.current", "pids.max");
    assertThat(ours.toString()).doesNotContain("cpu.cfs_quota_us", "pids.none");
  }

  @Test
  void hierarchiesThatAUserNames() throws Exception {
    criuOptions = List.of("--cgroup-dump-controller", "pids", "--cgroup-dump-controller=cpu");
    options =
        new CgroupOptions(
            ManageCgroupsMode.SOFT, List.of(), PropertyChanges.NONE, List.of("pids", "cpu"));
    cgroup_entry ours = compare(cgroups.sleeper(), null);
    assertThat(ours.getSets(0).getCtlsCount()).isEqualTo(2);
  }

  @Test
  void hierarchiesInAYard() throws Exception {
    Path yard = Path.of("/sys/fs/cgroup");
    assumeTrue(Files.exists(yard.resolve("unified")), "the hierarchies are mounted elsewhere");
    criuOptions = List.of("--cgroup-yard", yard.toString());
    locator = new CgroupYard(yard);
    compare(cgroups.sleeper(), null);
    assertThatThrownBy(() -> new CgroupYard(directory).locate("pids", "/"))
        .hasMessageContaining(directory + "/pids is no cgroup");
  }

  @Test
  void frozenVersion1() throws Exception {
    Process task = cgroups.sleeper();
    moveIn(task);
    Freezer wanted = Freezer.of(at("freezer").path());
    wanted.request(FreezerState.FROZEN);
    KernelCgroups.await(() -> wanted.state() == FreezerState.FROZEN);

    cgroup_entry ours = compare(task, Freezer.of(at("freezer").path()));

    assertThat(ours.toString()).contains("freezer.state").contains("FROZEN");
    assertThat(Freezer.of(at("freezer").path()).state()).isEqualTo(FreezerState.FROZEN);
  }

  @Test
  void criuRestoresFromOurImage() throws Exception {
    at("pids").write("pids.max", "77");
    at("cpu").write("cpu.shares", "512");
    Process task = cgroups.sleeper();
    int pid = KernelCgroups.pid(task);
    cgroup_entry ours = compare(task, null);
    assertThat(criu("dump", "-t", Integer.toString(pid), "--manage-cgroups")).isZero();
    task.waitFor();
    Path image = directory.resolve("cgroup.img");
    Files.delete(image);
    try (ImageWriter writer = ImageWriter.create(image, ImageType.CGROUP)) {
      writer.write(ours);
    }
    for (String hierarchy : HIERARCHIES) {
      Files.delete(at(hierarchy).path());
    }

    assertThat(criu("restore", "-d", "--manage-cgroups")).isZero();

    for (String hierarchy : HIERARCHIES) {
      assertThat(at(hierarchy).processes()).as(hierarchy).containsExactly(pid);
    }
    assertThat(at("pids").read("pids.max")).isEqualTo("77\n");
    assertThat(at("cpu").read("cpu.shares")).isEqualTo("512\n");
  }

  @Test
  void cgroupNamespace() throws Exception {
    cgroups.make("pids", name + "/in");
    Path procs = at("pids").path().resolve("in/cgroup.procs");
    Process task =
        cgroups.start(
            "setsid",
            "sh",
            "-c",
            "while ! grep -q pids:"
                + name
                + " /proc/self/cgroup; do sleep 0.01; done;"
                + " exec unshare -C sh -c 'echo $$ > "
                + procs
                + "; exec sleep 1000'");
    for (String hierarchy : HIERARCHIES) {
      at(hierarchy).write("cgroup.procs", Long.toString(task.pid()));
    }
    KernelCgroups.await(
        () ->
            Files.readString(Path.of("/proc/" + task.pid() + "/comm")).equals("sleep\n")
                && new CgroupDirectory(procs.getParent()).processes().contains((int) task.pid()));

    cgroup_entry ours = compare(task, null);

    assertThat(ours.getSets(0).toString()).contains("cgns_prefix: " + name.length());
  }

  private cgroup_entry compare(Process task, Freezer freezer) throws Exception {
    if (freezer == null && !at("").processes().contains((int) task.pid())) {
      moveIn(task);
    }
    int pid = KernelCgroups.pid(task);
    cgroup_entry theirs = dumpWithCriu(pid, freezer);
    CgroupCapture capture =
        new CgroupDumper(
                locator,
                new ProcMembership(Path.of("/proc"), new CgroupNamespaces()),
                options,
                freezer,
                warnings::add,
                new Rooms(Controllers.all()))
            .capture(pid, Map.of(pid, List.of(pid)));

    assertThat(capture.dumperSetId()).isEqualTo(1);
    assertThat(capture.setIds()).isEqualTo(Map.of(pid, 2));
    assertThat(normalised(capture.entry())).isEqualTo(normalised(theirs));
    return capture.entry();
  }

  private void moveIn(Process task) throws Exception {
    for (String hierarchy : HIERARCHIES) {
      at(hierarchy).write("cgroup.procs", Long.toString(task.pid()));
    }
    Thread.sleep(50);
  }

  private cgroup_entry dumpWithCriu(int pid, Freezer freezer) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("dump", "-t", Integer.toString(pid), "--manage-cgroups", "--leave-running"));
    arguments.addAll(criuOptions);
    if (freezer != null) {
      arguments.add("--freeze-cgroup");
      arguments.add(freezer.path().toString());
    }
    assertThat(criu(arguments.toArray(new String[0]))).as("criu dump").isZero();
    Path image = directory.resolve("cgroup.img");
    try (ImageReader reader = ImageReader.open(image, ImageType.CGROUP)) {
      return reader.only(cgroup_entry.parser());
    }
  }

  private int criu(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(criu.toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-D", directory.toString(), "-o", arguments[0] + ".log", "-v4"));
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /** CRIU writes directories in the order of readdir, and garbage as owner of freezer.state. */
  private static cgroup_entry normalised(cgroup_entry entry) {
    cgroup_entry.Builder builder = entry.toBuilder();
    for (cg_controller_entry.Builder controller : builder.getControllersBuilderList()) {
      List<cgroup_dir_entry> sorted = sorted(controller.getDirsList());
      controller.clearDirs().addAllDirs(sorted);
    }
    return builder.build();
  }

  private static List<cgroup_dir_entry> sorted(List<cgroup_dir_entry> directories) {
    List<cgroup_dir_entry> sorted = new ArrayList<>();
    for (cgroup_dir_entry entry : directories) {
      cgroup_dir_entry.Builder builder = entry.toBuilder();
      // CRIU has none of these.
      builder.clearLimits();
      builder.clearChildren().addAllChildren(sorted(entry.getChildrenList()));
      for (cgroup_prop_entry.Builder property : builder.getPropertiesBuilderList()) {
        if (property.getName().equals("freezer.state")) {
          property.clearPerms();
        }
      }
      sorted.add(builder.build());
    }
    sorted.sort(Comparator.comparing(cgroup_dir_entry::getDirName));
    return sorted;
  }

  private void setCpuset() throws IOException {
    CgroupDirectory root = cgroups.fs.locate("cpuset", "/");
    new CpusetController().initialise(at("cpuset"), root);
  }

  private CgroupDirectory at(String hierarchy) throws CgroupException {
    return cgroups.fs.locate(hierarchy, name);
  }
}
