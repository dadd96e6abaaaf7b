// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.inject.Stage;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who starts whom, read from the programs. */
class ProcessTreePlanTest {
  private final Stage stage = new Stage(new byte[0]);
  private final List<TaskImages> tree = new ArrayList<>();
  private final Map<Integer, ThreadPlan> plans = new LinkedHashMap<>();

  private void task(int pid, int ppid, int pgid, int sid, int... otherThreads) {
    task(ids(pid), pid, ppid, pgid, sid, otherThreads);
  }

  /** Everything of its own. */
  private static task_kobj_ids_entry.Builder ids(int id) {
    return task_kobj_ids_entry.newBuilder().setVmId(id).setFilesId(id).setFsId(id).setSighandId(id);
  }

  private void task(
      task_kobj_ids_entry.Builder ids, int pid, int ppid, int pgid, int sid, int... otherThreads) {
    Map<Integer, core_entry> cores = new LinkedHashMap<>();
    cores.put(pid, core_entry.getDefaultInstance());
    for (int tid : otherThreads) {
      cores.put(tid, core_entry.getDefaultInstance());
    }
    tree.add(
        new TaskImages(
            line(pid, ppid, pgid, sid), cores, fs_entry.getDefaultInstance(), ids.build()));
    cores.keySet().forEach(tid -> plans.put(tid, plan(pid, tid)));
  }

  private void zombie(int pid, int ppid, int pgid, int sid, int exitCode) {
    task_core_entry.Builder tc = task_core_entry.newBuilder().setExitCode(exitCode);
    core_entry core = core_entry.newBuilder().setTc(tc.buildPartial()).buildPartial();
    tree.add(new TaskImages(line(pid, ppid, pgid, sid), Map.of(pid, core), null, null));
    plans.put(pid, plan(pid, pid));
  }

  private static pstree_entry line(int pid, int ppid, int pgid, int sid) {
    return pstree_entry.newBuilder().setPid(pid).setPpid(ppid).setPgid(pgid).setSid(sid).build();
  }

  /** With a mark where files are opened, so that what is before and behind it can be told. */
  private static ThreadPlan plan(int pid, int tid) {
    ThreadPlan plan = new ThreadPlan(pid, tid);
    plan.at(Step.OPEN, program -> program.trap("open"));
    return plan;
  }

  private void plan() {
    Kinship kinship = Kinship.of(tree);
    kinship.check();
    for (Kinship.Member leader : kinship.gone()) {
      tree.add(TaskImages.gone(leader));
      plans.put(leader.pid(), plan(leader.pid(), leader.pid()));
    }
    new ProcessTreePlan(tree, kinship, plans, stage).plan();
    plans.values().forEach(ThreadPlan::assemble);
  }

  /** Without purposes; of clone_args what is not zero: {@code flags/exit signal}. */
  private List<String> program(int tid) {
    return new ProgramPrinter()
        .print(plans.get(tid).program())
        .lines()
        .map(line -> line.replaceAll("^\\d+ | #.*", ""))
        .map(
            line ->
                line.replaceAll(
                    "&\\[([0-9a-f]{16})0{48}([0-9a-f]{2})0+\\.\\.\\. 88 bytes\\]", "$1/$2"))
        .toList();
  }

  private static String spawn(int pid) {
    return "SPAWN(0000000000000000/11, 0x58, program of task " + pid + ")";
  }

  /** With CLONE_PARENT, and the signal of who starts it. */
  private static String spawnForParent(int pid) {
    return "SPAWN(0080000000000000/00, 0x58, program of task " + pid + ")";
  }

  /** With __WALL. */
  private static String reap(int pid) {
    return "wait4(0x" + pid + ", 0x0, 0x40000000, 0x0) = 0x" + pid;
  }

  private static final String OPEN = "TRAP() = any";

  private static final String LEADS = "ARRIVE(process groups have their leaders)";

  private static String leaders(int count) {
    return "WAIT(process groups have their leaders, 0x" + count + ")";
  }

  /** Until as many children of a task are born, and when one is. */
  private static String turn(int parent, int count) {
    return "WAIT(children of task " + parent + " are born, 0x" + count + ")";
  }

  private static String born(int parent) {
    return "ARRIVE(children of task " + parent + " are born)";
  }

  @Test
  void childInItsParentsSession() {
    task(1, 0, 1, 1);
    task(2, 1, 1, 1);
    plan();
    assertThat(program(1)).containsExactly("setsid() = 0x1", spawn(2), OPEN);
    assertThat(program(2)).containsExactly(OPEN);
  }

  @Test
  void childThatLeadsASession() {
    task(1, 0, 1, 1);
    task(2, 1, 2, 2);
    plan();
    assertThat(program(1)).containsExactly("setsid() = 0x1", spawn(2), OPEN);
    assertThat(program(2)).containsExactly("setsid() = 0x2", OPEN);
  }

  @Test
  void childBornBeforeItsParentsSetsid() {
    task(1, 0, 1, 1);
    task(2, 1, 2, 2);
    task(3, 2, 1, 1);
    task(4, 2, 2, 2);
    plan();
    assertThat(program(2)).containsExactly(spawn(3), "setsid() = 0x2", spawn(4), OPEN);
    assertThat(program(3)).last().isEqualTo(OPEN);
    assertThat(program(4)).containsExactly(OPEN);
  }

  @Test
  void rootThatLeadsNothing() {
    task(5, 0, 3, 3);
    task(6, 5, 3, 3);
    plan();
    assertThat(program(5)).containsExactly(spawn(6), OPEN);
    assertThat(program(6)).containsExactly(OPEN);
  }

  @Test
  void groupsWithLeaderAndMembers() {
    task(1, 0, 1, 1);
    task(2, 1, 2, 1); // leads a group
    task(3, 1, 2, 1); // joins it
    task(4, 2, 2, 1); // is born into it
    task(5, 2, 1, 1); // goes back to its grandparent's
    task(6, 1, 6, 1); // leads another
    plan();
    String wait = leaders(2);
    assertThat(program(2)).containsExactly("setpgid(0x0, 0x0)", LEADS, spawn(4), spawn(5), OPEN);
    assertThat(program(3)).containsExactly(wait, "setpgid(0x0, 0x2)", OPEN);
    assertThat(program(4)).containsExactly(OPEN);
    assertThat(program(5)).containsExactly(wait, "setpgid(0x0, 0x1)", OPEN);
    assertThat(program(6)).containsExactly("setpgid(0x0, 0x0)", LEADS, OPEN);
  }

  @Test
  void threads() {
    task(1, 0, 1, 1, 7, 8);
    plan();
    // CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM; no signal at the end
    assertThat(program(1))
        .containsExactly(
            "setsid() = 0x1",
            OPEN,
            "SPAWN(000f050000000000/00, 0x58, program of thread 7 of task 1)",
            "SPAWN(000f050000000000/00, 0x58, program of thread 8 of task 1)");
    assertThat(program(7)).containsExactly(OPEN);
  }

  @Test
  void sharedFilesAndFileSystemState() {
    task(1, 0, 1, 1);
    task(ids(2).setFilesId(1), 2, 1, 1, 1);
    task(ids(3).setFsId(1), 3, 1, 1, 1);
    plan();
    assertThat(program(1))
        .contains(
            "SPAWN(0004000000000000/11, 0x58, program of task 2)",
            "SPAWN(0002000000000000/11, 0x58, program of task 3)");
  }

  @Test
  void zombiesEndAsTheyEnded() {
    task(1, 0, 1, 1);
    zombie(2, 1, 1, 1, 3 << 8);
    zombie(3, 1, 1, 1, 15);
    zombie(4, 1, 1, 1, 0x80 | 11);
    plan();
    assertThat(program(1)).containsExactly("setsid() = 0x1", spawn(2), spawn(3), spawn(4), OPEN);
    assertThat(program(2)).startsWith("EXIT(0x3)");
    assertThat(program(3))
        .contains("rt_sigprocmask(0x2, &[0000000000000000], 0x0, 0x8)", "kill(0x3, 0xf)");
    assertThat(program(3).get(0)).startsWith("rt_sigaction(0xf, &[00000000");
    assertThat(program(4)).contains("kill(0x4, 0xb)");
  }

  @Test
  void zombieThatLedAGroup() {
    task(1, 0, 1, 1);
    zombie(2, 1, 2, 1, 0);
    task(3, 1, 2, 1);
    plan();
    assertThat(program(2)).startsWith("setpgid(0x0, 0x0)", LEADS, "EXIT(0x0)");
    assertThat(program(3)).containsExactly(leaders(1), "setpgid(0x0, 0x2)", OPEN);
  }

  @Test
  void zombiesInGroupsAndSessions() {
    task(1, 0, 1, 1);
    task(2, 1, 2, 1);
    zombie(3, 1, 2, 1, 0); // in its sibling's group
    zombie(4, 1, 4, 4, 0); // led a session
    zombie(5, 1, 1, 1, 0); // in the group it is born into
    plan();
    assertThat(program(3)).startsWith(leaders(1), "setpgid(0x0, 0x2)", "EXIT(0x0)");
    assertThat(program(4)).startsWith("setsid() = 0x4", "EXIT(0x0)");
    assertThat(program(5)).startsWith("EXIT(0x0)");
  }

  @Test
  void siblingsAreStartedInTheOrderOfTheImage() {
    task(1, 0, 1, 1);
    task(40, 1, 1, 1);
    task(17, 1, 1, 1);
    task(3, 1, 1, 1);
    plan();
    assertThat(program(1)).containsExactly("setsid() = 0x1", spawn(40), spawn(17), spawn(3), OPEN);
  }

  @Test
  void sessionWhoseLeaderIsGone() {
    task(1, 0, 1, 1);
    task(2, 1, 9, 9);
    task(3, 1, 3, 9);
    plan();
    assertThat(program(1))
        .containsExactly(
            "setsid() = 0x1", turn(1, 0), spawn(9), born(1), leaders(1), OPEN, reap(9));
    assertThat(program(9))
        .startsWith(
            "setsid() = 0x9",
            turn(1, 1),
            spawnForParent(2),
            born(1),
            turn(1, 2),
            spawnForParent(3),
            born(1),
            "EXIT(0x0)");
    assertThat(program(2)).containsExactly(OPEN);
    assertThat(program(3)).containsExactly("setpgid(0x0, 0x0)", LEADS, OPEN);
  }

  @Test
  void sessionWhoseLeaderIsAZombie() {
    task(1, 0, 1, 1);
    task(5, 1, 1, 1);
    zombie(2, 1, 2, 2, 0);
    task(6, 1, 1, 1);
    task(3, 1, 2, 2);
    task(7, 1, 1, 1);
    plan();
    assertThat(program(1))
        .containsExactly(
            "setsid() = 0x1",
            turn(1, 0),
            spawn(5),
            born(1),
            turn(1, 1),
            spawn(2),
            born(1),
            turn(1, 2),
            spawn(6),
            born(1),
            turn(1, 4),
            spawn(7),
            born(1),
            OPEN);
    assertThat(program(2))
        .startsWith("setsid() = 0x2", turn(1, 3), spawnForParent(3), born(1), "EXIT(0x0)");
  }

  @Test
  void groupWhoseLeaderIsGone() {
    task(1, 0, 1, 1);
    task(2, 1, 9, 1);
    task(3, 1, 9, 1);
    plan();
    assertThat(program(9)).startsWith("setpgid(0x0, 0x0)", LEADS, "EXIT(0x0)");
    // Behind the wait there is one in the group who keeps it.
    assertThat(program(2))
        .containsExactly(
            "SPAWN(0000000000000000/00, 0x58, program of task 9)",
            leaders(1),
            "setpgid(0x0, 0x9)",
            reap(9),
            OPEN);
    assertThat(program(3)).containsExactly(leaders(1), "setpgid(0x0, 0x9)", OPEN);
  }

  @Test
  void sharedMemory() {
    task(1, 0, 1, 1);
    task(ids(2).setVmId(1), 2, 1, 1, 1);
    refused("task 2: it shares its memory with task 1");
  }

  @Test
  void sharedSignalHandlers() {
    task(1, 0, 1, 1);
    task(ids(2).setSighandId(1), 2, 1, 1, 1);
    refused("task 2: it shares its signal handlers with task 1");
  }

  @Test
  void whatSiblingsShare() {
    task(1, 0, 1, 1);
    task(2, 1, 1, 1);
    task(ids(3).setVmId(2), 3, 1, 1, 1);
    refused("task 3: it shares its memory with task 2");
    tree.set(2, ofSibling(ids(3).setFilesId(2)));
    refused("task 3: it shares its descriptors with task 2, which is not its parent");
    tree.set(2, ofSibling(ids(3).setFsId(2)));
    refused("task 3: it shares its current directory with task 2, which is not its parent");
  }

  private TaskImages ofSibling(task_kobj_ids_entry.Builder ids) {
    TaskImages task = tree.get(2);
    return new TaskImages(task.tree(), task.cores(), task.fs(), ids.build());
  }

  @Test
  void descriptorsOfAParentWhoIsNotTheirOwner() {
    task(1, 0, 1, 1);
    task(ids(2).setFilesId(1), 2, 1, 1, 1);
    task(3, 2, 1, 1);
    refused("task 3: its parent shares its descriptors with another task, but it does not");
  }

  private void refused(String why) {
    assertThatThrownBy(this::plan)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageStartingWith(why);
  }

  @Test
  void parentThatIsNotThere() {
    task(1, 0, 1, 1);
    task(2, 9, 1, 1);
    assertThatThrownBy(this::plan)
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("the parent of task 2 is not in the tree");
  }
}
