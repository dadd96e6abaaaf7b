// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.proc.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The freezer of the running kernel; "" stands for cgroup2. */
class FreezerKernelTest {
  private final String name = KernelCgroups.uniqueName();
  private KernelCgroups cgroups;

  @BeforeEach
  void open() throws IOException {
    cgroups = new KernelCgroups();
  }

  @AfterEach
  void close() throws IOException, InterruptedException {
    cgroups.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"freezer", ""})
  void freezesAndThawsTheTasksBelow(String hierarchy) throws Exception {
    CgroupDirectory top = cgroups.make(hierarchy, name);
    CgroupDirectory below = cgroups.make(hierarchy, name + "/below");
    Process counter = cgroups.start("sh", "-c", "while :; do :; done");
    below.write("cgroup.procs", Long.toString(counter.pid()));

    Freezer freezer = Freezer.of(top.path());
    assertThat(freezer.state()).isEqualTo(FreezerState.THAWED);
    assertThat(top.processes()).containsExactly(KernelCgroups.pid(counter));

    reach(freezer, FreezerState.FROZEN);
    long before = ticks(counter);
    Thread.sleep(150);
    assertThat(ticks(counter)).isEqualTo(before);

    reach(freezer, FreezerState.THAWED);
    KernelCgroups.await(() -> ticks(counter) > before);
  }

  /** A frozen ancestor freezes it too, and that is the state it is found in. */
  @ParameterizedTest
  @ValueSource(strings = {"freezer", ""})
  void stateThatIsFoundIsKept(String hierarchy) throws Exception {
    CgroupDirectory top = cgroups.make(hierarchy, name);
    CgroupDirectory below = cgroups.make(hierarchy, name + "/below");
    below.write("cgroup.procs", Long.toString(cgroups.sleeper().pid()));
    assertThat(Freezer.of(below.path()).originState()).isEqualTo(FreezerState.THAWED);
    reach(Freezer.of(top.path()), FreezerState.FROZEN);

    Freezer freezer = Freezer.of(below.path());
    assertThat(freezer.originState()).isEqualTo(FreezerState.FROZEN);
    freezer.request(FreezerState.THAWED);
    assertThat(freezer.state()).isEqualTo(FreezerState.FROZEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"freezer", ""})
  void rootCgroupHasNoFreezer(String hierarchy) throws IOException {
    Path root = cgroups.fs.locate(hierarchy, "/").path();

    assertThatThrownBy(() -> Freezer.of(root))
        .isInstanceOf(CgroupException.class)
        .hasMessageContaining("neither freezer.state");
  }

  private static void reach(Freezer freezer, FreezerState state) throws Exception {
    freezer.request(state);
    KernelCgroups.await(() -> freezer.state() == state);
  }

  /** User and system time of a process in clock ticks: fields 14 and 15 of proc_pid_stat(5). */
  private static long ticks(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    List<String> fields = Words.split(stat.substring(stat.lastIndexOf(')') + 2), ' ');
    return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
  }
}
