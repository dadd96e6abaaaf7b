// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Cgroups and processes on the real kernel; {@link #close} ends and removes them all. */
final class KernelCgroups implements AutoCloseable {
  private static final Path PROC = Path.of("/proc");

  final CgroupFs fs;
  private final Deque<Path> directories = new ArrayDeque<>();
  private final List<Process> processes = new ArrayList<>();

  KernelCgroups() throws IOException {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root to make cgroups on the kernel");
    fs = new CgroupFs(Path.of("/"), Files.readString(PROC.resolve("self/mountinfo")));
  }

  static String uniqueName() {
    return "/torpor-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
  }

  CgroupDirectory make(String hierarchy, String path) throws IOException {
    CgroupDirectory directory = locate(hierarchy, path);
    Files.createDirectory(directory.path());
    directories.push(directory.path());
    return directory;
  }

  /** Notes a cgroup that the code under test makes. */
  CgroupDirectory expect(String hierarchy, String path) throws IOException {
    CgroupDirectory directory = locate(hierarchy, path);
    directories.push(directory.path());
    return directory;
  }

  private CgroupDirectory locate(String hierarchy, String path) throws IOException {
    try {
      return fs.locate(hierarchy, path);
    } catch (CgroupException e) {
      assumeTrue(false, e.getMessage());
      throw e;
    }
  }

  /** Starts a process that leaves its session and holds no file of this one. */
  Process start(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    processes.add(process);
    return process;
  }

  Process sleeper() throws IOException {
    return start("setsid", "sleep", "1000");
  }

  static int pid(Process process) {
    return Math.toIntExact(process.pid());
  }

  /** Waits until a condition holds, for at most five seconds. */
  static void await(Condition condition) throws IOException, InterruptedException {
    for (int i = 0; i < 500; i++) {
      if (condition.holds()) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("condition did not hold within 5 s");
  }

  /** Something to wait for. */
  interface Condition {
    boolean holds() throws IOException;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    for (Path directory : directories) {
      CgroupDirectory cgroup = new CgroupDirectory(directory);
      if (cgroup.has("freezer.state")) {
        cgroup.write("freezer.state", "THAWED");
      } else if (cgroup.has("cgroup.freeze")) {
        cgroup.write("cgroup.freeze", "0");
      }
      if (cgroup.exists()) {
        cgroup
            .processes()
            .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
      }
    }
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(5, TimeUnit.SECONDS);
    }
    while (!directories.isEmpty()) {
      Path directory = directories.pop();
      await(() -> removed(directory));
    }
  }

  private static boolean removed(Path directory) {
    try {
      Files.deleteIfExists(directory);
      return true;
    } catch (IOException e) {
      // Its last task is still on its way out.
      return false;
    }
  }
}
