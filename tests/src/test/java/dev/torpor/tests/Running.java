// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.file.PathUtils;

/** A subject started below a keeper of its own, with directories for its files and its images. */
final class Running implements AutoCloseable {
  final Subject subject;
  final Keeper keeper = new Keeper();
  final Path directory;
  final Path images;
  final long root;

  Running(Subject subject) {
    this.subject = subject;
    try {
      directory = Files.createTempDirectory("torpor-" + subject.name() + "-");
      Machine.own(directory.getFileName().toString());
      images = Files.createDirectory(directory.resolve("images"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    root = keeper.start(directory, directory.resolve("output"), subject.command(directory));
    try {
      subject.prepare(directory);
    } catch (Throwable failure) {
      failure.addSuppressed(new AssertionError("it printed: " + output()));
      close();
      throw failure;
    }
  }

  long progress() {
    return subject.progress(directory);
  }

  String state() {
    return subject.state(directory);
  }

  /** The processes that stay, as opposed to a shell's short-lived children. */
  List<Long> lastingPids() {
    List<Long> pids = new ArrayList<>(ProcessTree.pidsOf(root));
    if (!subject.hasLastingProcessesOnly()) {
      for (int i = 0; i < 5; i++) {
        Wait.millis(40);
        pids.retainAll(ProcessTree.pidsOf(root));
      }
    }
    return pids;
  }

  /** Waits until the program has moved on by so many ticks since a value seen earlier. */
  void awaitProgress(long since, int ticks) {
    Wait.until(subject.name() + " goes on from " + since, () -> progress() >= since + ticks);
  }

  /** Waits until the program has written something since it was made to forget what it wrote. */
  void awaitReport() {
    Wait.until(
        subject.name() + " reports again",
        () -> progress() >= 0,
        () -> "; its tasks: " + tasks() + "; it printed: " + output());
  }

  /** What each task does: its state, and the system call it is in. */
  private List<String> tasks() {
    List<String> lines = new ArrayList<>();
    for (long pid : ProcessTree.pidsOf(root)) {
      for (String file : List.of("stat", "syscall")) {
        try {
          lines.add(Files.readString(Path.of("/proc/" + pid + "/" + file)).trim());
        } catch (IOException e) {
          lines.add("pid " + pid + ": " + e);
        }
      }
    }
    return lines;
  }

  /** Nothing of a restorer stays; its guardian may end a moment after it. */
  void awaitOnlyRoot() {
    Wait.until("only the tree is left", () -> keeper.children().equals(List.of(root)));
  }

  void kill() {
    for (long pid : ProcessTree.pidsOf(root)) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    awaitGone();
  }

  /** Waits until the tree has ended and was reaped; asserts that nothing else is left either. */
  void awaitGone() {
    keeper.awaitExit(root);
    Wait.until("nothing is left of the tree", () -> keeper.children().isEmpty());
  }

  /**
   * Looks until two looks agree: a shell has its files redirected for moments, and the files of
   * /proc are not read at one instant.
   */
  ProcessTree snapshot(List<Long> pids) {
    ProcessTree last = ProcessTree.of(pids, subject.hasFixedMappings());
    for (int look = 0; look < 20; look++) {
      Wait.millis(5);
      ProcessTree next = ProcessTree.of(pids, subject.hasFixedMappings());
      if (next.equals(last)) {
        return next;
      }
      last = next;
    }
    throw new AssertionError("what /proc shows of " + subject.name() + " does not settle: " + last);
  }

  void assertUnchanged(ProcessTree before, ProcessTree after) {
    assertThat(after.tasks().keySet()).isEqualTo(before.tasks().keySet());
    for (long pid : before.tasks().keySet()) {
      assertThat(after.tasks().get(pid)).as("pid %d", pid).isEqualTo(before.tasks().get(pid));
    }
  }

  String output() {
    try {
      return Files.readString(directory.resolve("output"));
    } catch (IOException e) {
      return "(no output: " + e + ")";
    }
  }

  @Override
  public void close() {
    keeper.close();
    try {
      PathUtils.deleteDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
