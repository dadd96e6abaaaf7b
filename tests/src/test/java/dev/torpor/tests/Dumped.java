// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A subject that is there only as images: a restore makes its tasks, a cgroup and a file with its
 * pid, and leaves nothing of them if it does not succeed.
 */
final class Dumped implements AutoCloseable {
  /** Of the caller's process, which is the parent of scripts, the child that does the work. */
  static final String KILL_ENGINE =
      "for p in $(cat /proc/$PPID/task/$PPID/children); do"
          + " grep -q java /proc/$p/comm && kill -KILL $p; done";

  final Running running;
  final Path cgroup;
  final Path pidfile;
  final Set<Long> pids;
  private final Machine before;

  Dumped(Subject subject) throws IOException {
    this(subject, Hierarchy.UNIFIED, false);
  }

  /** It may be frozen when it is dumped, and comes back so. */
  Dumped(Subject subject, Hierarchy hierarchy, boolean frozen) throws IOException {
    before = Machine.now();
    cgroup = hierarchy.cgroupOfATest();
    running = new Running(subject);
    pidfile = running.directory.resolve("pid");
    try {
      Files.createDirectory(cgroup);
      for (long pid : running.lastingPids()) {
        Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(pid));
      }
      running.awaitProgress(running.progress(), 3);
      if (frozen) {
        hierarchy.freeze(cgroup);
      }
      dump(frozen ? List.of("--freeze-cgroup", cgroup.toString()) : List.of());
      Files.delete(cgroup);
      pids = pidsInImages();
    } catch (IOException | RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  private void dump(List<String> options) {
    List<String> all = new ArrayList<>(List.of("--manage-cgroups=soft"));
    all.addAll(options);
    Engine.TORPOR
        .dump(running.keeper, running.root, running.images, all.toArray(String[]::new))
        .assertSucceeded();
    running.awaitGone();
  }

  private Set<Long> pidsInImages() throws IOException {
    try (Stream<Path> files = Files.list(running.images)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("core-"))
          .map(name -> Long.valueOf(name.substring(5, name.indexOf('.'))))
          .collect(Collectors.toSet());
    }
  }

  /** What a restore is told. */
  List<String> arguments(String... options) {
    List<String> arguments = new ArrayList<>(List.of("restore", "-d", "-D"));
    arguments.addAll(List.of(running.images.toString(), "-v4", "-o", "restore.log"));
    arguments.addAll(List.of("--manage-cgroups=soft", "--pidfile", pidfile.toString()));
    arguments.addAll(List.of(options));
    return arguments;
  }

  Engine.Outcome restore(String... options) {
    return restoreAfter(List.of(), options);
  }

  /** The same below a shell that has run some commands. */
  Engine.Outcome restoreAfter(List<String> before, String... options) {
    return Engine.TORPOR.runAfter(
        before, running.keeper, running.images, "restore.log", arguments(options));
  }

  /** Once the restorer has ended no task lives; the keeper reaps those it got a moment later. */
  void assertNothingLeft(String at) {
    for (long pid : pids) {
      assertThat(ProcessTree.lives(pid)).as("%s: task %d lives", at, pid).isFalse();
    }
    Wait.until(at + ": all are reaped", () -> running.keeper.children().isEmpty());
    for (long pid : pids) {
      assertThat(ProcessTree.exists(pid)).as("%s: task %d", at, pid).isFalse();
    }
    assertThat(cgroup).as(at).doesNotExist();
    assertThat(pidfile).as(at).doesNotExist();
    before.assertUnchanged();
  }

  void assertWhole(String at) {
    running.awaitOnlyRoot();
    Wait.until(at + ": no tracer", () -> ProcessTree.tracerOf(running.root) == 0);
    running.awaitProgress(running.progress(), 3);
    assertThat(pidfile).as(at).hasContent(Long.toString(running.root));
    if (running.subject.hasLastingProcessesOnly()) {
      for (long pid : pids) {
        assertThat(ProcessTree.exists(pid)).as("%s: task %d", at, pid).isTrue();
      }
    }
  }

  /** Nothing of what a failed restore left stands in the way of the next one. */
  void assertRestores(String... options) throws IOException {
    running.subject.forget(running.directory);
    restore(options).assertSucceeded();
    running.awaitReport();
    assertWhole("restored");
    end();
  }

  void end() throws IOException {
    running.kill();
    Files.delete(cgroup);
    Files.delete(pidfile);
  }

  /** A script that does something at one step of a restore. */
  String script(String step, String commands) throws IOException {
    return script(running.directory.resolve("script"), step, commands);
  }

  static String script(Path file, String step, String commands) throws IOException {
    Files.writeString(
        file, "#!/bin/sh\n[ $CRTOOLS_SCRIPT_ACTION = " + step + " ] || exit 0\n" + commands + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file.toString();
  }

  @Override
  public void close() throws IOException {
    running.close();
    Files.deleteIfExists(cgroup);
  }
}
