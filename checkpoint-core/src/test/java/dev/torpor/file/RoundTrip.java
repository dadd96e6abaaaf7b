// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.torpor.core.CoreRooms;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.inject.ProgramScript;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Captures a real process, ends it, has another one run the plan of its files, captures that, and
 * compares. Numbers that the kernel gives (inodes, ids of entries) may differ, if consistently.
 */
final class RoundTrip {
  private RoundTrip() {}

  /** A plan of one task per table of {@code files}, each but the first a child of the first. */
  static List<ThreadPlan> plan(CapturedFiles files, FileRestoreOptions options) {
    List<ThreadPlan> plans = new ArrayList<>();
    List<TaskFiles> tasks = new ArrayList<>();
    for (int filesId : files.descriptors().keySet()) {
      ThreadPlan plan = new ThreadPlan(filesId - 1, filesId - 1);
      tasks.add(new TaskFiles(plans.isEmpty() ? 0 : tasks.get(0).pid(), filesId, null, plan));
      plans.add(plan);
    }
    for (int i = 1; i < plans.size(); i++) {
      plans.get(0).at(Step.SPAWN, program -> program.trap("spawn"));
    }
    FilesPlanner planner =
        new FilesPlanner(
            files.images(), tasks, CoreRooms.all().of(FileRoom.class), options, facts());
    planner.plan();
    for (ThreadPlan plan : plans) {
      for (ServiceFd kept : planner.reserved()) {
        plan.at(Step.CLOSE, program -> program.call("close", Nr.SYS_close).arg(kept.number()));
      }
      plan.assemble();
    }
    return plans;
  }

  static FileRestoreOptions options() {
    return new FileRestoreOptions(Map.of(), 1024, true);
  }

  /** Runs {@code program} in a child, takes its files from it, and gives them to another one. */
  static CapturedFiles check(Path directory, String program) throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    CapturedFiles captured;
    try (Child child = Child.start(before, program)) {
      captured = Captures.of(child.pids());
    }
    try (Child child = restore(directory, captured)) {
      compare(captured, Captures.of(child.pids()));
    }
    return captured;
  }

  /** Starts a process with these files. */
  static Child restore(Path directory, CapturedFiles captured) throws IOException {
    List<ThreadPlan> plans = plan(captured, options());
    StringBuilder script = new StringBuilder(ProgramScript.RUNNER);
    for (int i = 1; i < plans.size(); i++) {
      script.append("def child").append(i).append("():\n");
      // Lines of the list may stand anywhere within its brackets.
      script.append("  ").append(ProgramScript.of(plans.get(i).program()));
      script.append("  forked()\n");
      script.append("children.append(child").append(i).append(")\n");
    }
    script.append(ProgramScript.of(plans.get(0).program()));
    script.append("ready(").append(plans.size() - 1).append(")\n");
    return Child.start(Files.createDirectories(directory.resolve("after")), script.toString());
  }

  private static void compare(CapturedFiles expected, CapturedFiles actual) {
    Same same = new Same();
    assertThat(actual.descriptors().keySet()).isEqualTo(expected.descriptors().keySet());
    for (int table : expected.descriptors().keySet()) {
      List<fdinfo_entry> wanted = expected.descriptors().get(table);
      List<fdinfo_entry> got = actual.descriptors().get(table);
      assertThat(numbers(got)).as("descriptors").isEqualTo(numbers(wanted));
      for (int i = 0; i < wanted.size(); i++) {
        same.check("fd " + wanted.get(i).getFd(), wanted.get(i), got.get(i));
        same.check(
            "fd " + wanted.get(i).getFd(),
            Captures.file(expected, wanted.get(i).getId()),
            Captures.file(actual, got.get(i).getId()));
      }
    }
    assertThat(actual.ttys()).hasSameSizeAs(expected.ttys());
    for (int i = 0; i < expected.ttys().size(); i++) {
      same.check("tty", expected.ttys().get(i), actual.ttys().get(i));
    }
    checkPayloads(same, expected.pipeData(), actual.pipeData());
    checkPayloads(same, expected.fifoData(), actual.fifoData());
    checkPayloads(same, expected.packets(), actual.packets());
  }

  private static <M extends Message> void checkPayloads(
      Same same, List<WithPayload<M>> expected, List<WithPayload<M>> actual) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      same.check("data", expected.get(i).entry(), actual.get(i).entry());
      assertThat(actual.get(i).payload()).isEqualTo(expected.get(i).payload());
    }
  }

  private static List<Integer> numbers(List<fdinfo_entry> entries) {
    List<Integer> numbers = new ArrayList<>();
    for (fdinfo_entry entry : entries) {
      numbers.add(entry.getFd());
    }
    return numbers;
  }

  private static Facts facts() {
    return new Facts().with(Machine.of(new ProcFs(Path.of("/proc")), Unistd.getpid()));
  }
}
