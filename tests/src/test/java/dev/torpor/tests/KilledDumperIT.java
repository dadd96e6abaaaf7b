// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SIGKILL at any moment of a dump leaves the target as it was: no tracer, no mapping of the
 * dumper's, its memory whole, all its threads running. (CRIU 4.2 fails this test by leaving two
 * mappings.)
 */
class KilledDumperIT {
  private static final int KILLS = 50;
  private static final int KILLED = 128 + 9;

  /** Of the calls that lead a thread elsewhere or write what it needs there, at which to kill. */
  private static final Map<String, Integer> CALLS_TO_KILL_AT =
      Map.of("ptrace", 7, "process_vm_writev", 3);

  private final Set<String> wholeDump = new TreeSet<>();

  @Test
  void leavesTheTargetAsItWas() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("memory", "32"))) {
      String maps = ProcessTree.mapsOf(running.root);
      long dumpMicros = medianDumpMicros(running);
      assertThat(wholeDump).contains("inventory.img", "pages-1.img");
      int unfinished = 0;
      for (int kill = 0; kill < KILLS; kill++) {
        if (killAfter(running, dumpMicros * (2 * kill + 1) / (2 * KILLS))) {
          unfinished++;
        }
        assertUnharmed(running, maps, kill);
      }
      assertThat(unfinished).as("kills that hit a dump").isGreaterThan(KILLS / 2);
      // The target that went through all this can still be dumped for good.
      Engine.Outcome last = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      assertThat(last.exitCode()).as("%s", last).isZero();
      running.awaitGone();
    }
  }

  /** What the program would find below its stack pointer is not its own: it may not look there. */
  static Stream<String> stacks() {
    return StacksIT.KINDS.stream().map(kind -> kind.equals("past") ? "worn" : kind);
  }

  /** Killed right at a call, so that every moment of a thread on its way is hit. */
  @ParameterizedTest
  @MethodSource("stacks")
  void leavesThreadsWhereTheyStoodOnAnyStack(String kind) throws IOException {
    try (Running running = new Running(StacksIT.subject(kind))) {
      for (Map.Entry<String, Integer> call : CALLS_TO_KILL_AT.entrySet()) {
        int kills = 0;
        while (killAtCall(running, call.getKey(), 1 + kills * call.getValue())) {
          long seen = running.progress();
          running.awaitProgress(seen, 3);
          kills++;
        }
        assertThat(kills).as("kills at %s", call.getKey()).isGreaterThan(2);
      }
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
    }
  }

  /** Returns whether the dump was killed: it makes that many such calls. */
  private boolean killAtCall(Running running, String call, int number) throws IOException {
    return straceDump(running, call, ":signal=SIGKILL:when=" + number, "--leave-running") != 0;
  }

  /** Traces a dump, which is to do something at its calls, into a file beside the images. */
  private int straceDump(Running running, String call, String injection, String... options)
      throws IOException {
    Path trace = running.directory.resolve("trace");
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", trace.toString()));
    command.addAll(List.of("-e", "trace=" + call, "-e", "signal=none"));
    command.addAll(List.of("-e", "inject=" + call + injection));
    // What makes the calls must be a child of strace's.
    command.addAll(Resident.OFF);
    command.addAll(dumpCommand(running, options));
    Path output = running.directory.resolve("dump-output");
    int exitCode = running.keeper.run(running.directory, output, command);
    assertThat(exitCode).as(Files.readString(output)).isIn(0, KILLED);
    PathUtils.cleanDirectory(running.images);
    return exitCode;
  }

  /** Between the SIGKILL for the root and that for the next of its children: nobody may go on. */
  @Test
  void killedWhileItEndsTheTree() throws IOException {
    String loop = "i=0; while [ $i -lt 250 ]; do sleep 1000 & i=$((i+1)); done";
    String status = "echo tick=9 >$0/status; while :; do sleep 1000; done";
    List<String> shell = List.of("/bin/sh", "-c", loop + "; " + status, "DIR");
    try (Running running = new Running(new StatusFileSubject("sleepers", shell, true, true))) {
      List<Long> tree = ProcessTree.pidsOf(running.root);
      assertThat(tree).hasSizeGreaterThan(250);
      String never = ":signal=SIGKILL:when=65535";
      assertThat(straceDump(running, "pidfd_open", never, "--leave-running")).isZero();
      // To end a tree, each task is opened once for the guardian and once for its SIGKILL.
      long before = Files.readAllLines(running.directory.resolve("trace")).size();
      long second = before + tree.size() + 2;
      String atSecond = ":signal=SIGKILL:when=" + second;
      assertThat(straceDump(running, "pidfd_open", atSecond)).isEqualTo(KILLED);
      Wait.until("all are gone", () -> tree.stream().noneMatch(ProcessTree::lives));
    }
  }

  private long medianDumpMicros(Running running) throws IOException {
    long[] micros = new long[5];
    for (int i = 0; i < micros.length; i++) {
      long start = System.nanoTime();
      Engine.Outcome outcome =
          Engine.TORPOR.dump(running.keeper, running.root, running.images, "--leave-running");
      micros[i] = (System.nanoTime() - start) / 1000;
      assertThat(outcome.exitCode()).as("%s", outcome).isZero();
      wholeDump.addAll(images(running.images));
      PathUtils.cleanDirectory(running.images);
    }
    Arrays.sort(micros);
    return micros[micros.length / 2];
  }

  /** Returns whether the dump had not ended by itself. */
  private boolean killAfter(Running running, long micros) throws IOException {
    // The first kill may come before the dumper has opened it.
    Path output = Files.write(running.directory.resolve("dump-output"), new byte[0]);
    long dumper =
        running.keeper.start(running.directory, output, dumpCommand(running, "--leave-running"));
    long end = System.nanoTime() + micros * 1000;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    ProcessHandle.of(dumper).ifPresent(ProcessHandle::destroyForcibly);
    int exitCode = running.keeper.awaitExit(dumper);
    assertThat(exitCode).as(Files.readString(output)).isIn(0, KILLED);
    if (exitCode == 0) {
      assertThat(running.images.resolve("inventory.img")).exists();
    }
    assertWholeIfItLooksSo(running);
    PathUtils.cleanDirectory(running.images);
    return exitCode != 0;
  }

  private static List<String> dumpCommand(Running running, String... options) {
    List<String> command = new ArrayList<>(List.of(Engine.TORPOR.binary().toString(), "dump"));
    command.addAll(List.of("-t", Long.toString(running.root)));
    command.addAll(List.of("-D", running.images.toString(), "-o", "dump.log"));
    command.addAll(List.of(options));
    return command;
  }

  /** The inventory makes a checkpoint; killed after it was written, all the rest must be there. */
  private void assertWholeIfItLooksSo(Running running) {
    if (!Files.exists(running.images.resolve("inventory.img"))) {
      return;
    }
    Set<String> names = images(running.images);
    assertThat(names).isEqualTo(wholeDump);
    for (String name : names) {
      if (!name.startsWith("pages-")) {
        Path image = running.images.resolve(name);
        Path json = running.directory.resolve("crit.json");
        List<String> decode = List.of(Settings.crit().toString(), "decode", "-i", image.toString());
        assertThat(running.keeper.run(running.directory, json, decode)).as(name).isZero();
      }
    }
  }

  private static Set<String> images(Path directory) {
    String[] names = directory.toFile().list((parent, name) -> name.endsWith(".img"));
    return new TreeSet<>(List.of(names));
  }

  private static void assertUnharmed(Running running, String maps, int kill) {
    long seen = running.progress();
    Wait.until("kill " + kill + ": no tracer", () -> ProcessTree.tracerOf(running.root) == 0);
    running.awaitProgress(seen, 3);
    // The target makes its inaccessible area readable for moments, so one look is not enough.
    Wait.until(
        "kill " + kill + ": mappings are\n" + maps,
        () -> ProcessTree.mapsOf(running.root).equals(maps));
    Wait.until(
        "kill " + kill + ": only the target is left",
        () -> running.keeper.children().equals(List.of(running.root)));
  }
}
