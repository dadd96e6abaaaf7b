// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.junit.jupiter.api.Test;

/** {@code --live-memory}: most is copied before the tree stands, and is what it has then. */
class LiveMemoryIT {
  private static final int PAGE = 4096;
  private static final int KILLED = 128 + 9;

  /** Calls of ptrace(2) up to the first copy: those that have the descriptor made among them. */
  private static final int PTRACE_CALLS = 24;

  private static final Pattern PAGES =
      Pattern.compile("Wrote (\\d+) pages of \\d+, (\\d+) of them before the tree stood");

  /** The program looks at all its memory between any two ticks. */
  @Test
  void writersFindTheirMemoryWhole() throws IOException {
    try (Running running = new Running(rewriter())) {
      for (int round = 0; round < 2; round++) {
        assertMostWasCopiedLive(dump(running, "--leave-running", "--live-memory"));
        running.awaitProgress(running.progress(), 2);
        assertNothingIsLeft(running.root);
        PathUtils.cleanDirectory(running.images);
        assertMostWasCopiedLive(dump(running, "--live-memory"));
        running.awaitGone();
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitProgress(running.progress(), 2);
        PathUtils.cleanDirectory(running.images);
      }
    }
  }

  /** A tree that stays stopped is dumped again; but for what the kernel keeps in rseq(2) areas. */
  @Test
  void imagesAreThoseOfTheStoppedTree() throws IOException {
    try (Running running = new Running(rewriter())) {
      assertMostWasCopiedLive(dump(running, "--leave-stopped", "--live-memory"));
      Path live = running.directory.resolve("live");
      PathUtils.copyDirectory(running.images, live);
      PathUtils.cleanDirectory(running.images);
      dump(running, "--leave-stopped");
      String pagemap = "pagemap-" + running.root + ".img";
      assertThat(live.resolve(pagemap)).hasSameBinaryContentAs(running.images.resolve(pagemap));
      byte[] copied = Files.readAllBytes(live.resolve("pages-1.img"));
      byte[] stopped = Files.readAllBytes(running.images.resolve("pages-1.img"));
      assertThat(copied).hasSameSizeAs(stopped);
      int differing = 0;
      for (int at = 0; at < copied.length; at += PAGE) {
        if (!Arrays.equals(copied, at, at + PAGE, stopped, at, at + PAGE)) {
          differing++;
        }
      }
      assertThat(differing).isLessThanOrEqualTo(ProcessTree.threadsOf(running.root).size());
    }
  }

  /** At the calls by which the task is led to make a descriptor and close it, and just behind. */
  @Test
  void killedDumpLeavesNothing() throws IOException {
    try (Running running = new Running(rewriter())) {
      for (int call = 1; call <= PTRACE_CALLS; call += 3) {
        assertThat(killedAt(running, "ptrace", call)).as("at ptrace %d", call).isTrue();
        assertNothingIsLeft(running.root);
      }
      running.awaitProgress(running.progress(), 1);
      assertMostWasCopiedLive(dump(running, "--live-memory"));
      running.awaitGone();
    }
  }

  private static Subject rewriter() {
    return StatusFileSubject.compiled("rewriter", "40", "40");
  }

  private static String dump(Running running, String... options) throws IOException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("-v3");
    Engine.Outcome outcome =
        Engine.TORPOR.dump(
            running.keeper, running.root, running.images, all.toArray(new String[0]));
    outcome.assertSucceeded();
    return outcome.log();
  }

  private static void assertMostWasCopiedLive(String log) {
    Matcher pages = PAGES.matcher(log);
    assertThat(pages.find()).as(log).isTrue();
    assertThat(2 * Integer.parseInt(pages.group(2)))
        .as(log)
        .isGreaterThan(Integer.parseInt(pages.group(1)));
  }

  private static boolean killedAt(Running running, String call, int number) throws IOException {
    List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-o", "/dev/null"));
    command.addAll(List.of("-e", "trace=" + call, "-e", "signal=none"));
    command.addAll(List.of("-e", "inject=" + call + ":signal=SIGKILL:when=" + number));
    command.addAll(Resident.OFF);
    command.addAll(List.of(Engine.TORPOR.binary().toString(), "dump", "--live-memory", "-R"));
    command.addAll(List.of("-t", Long.toString(running.root), "-D", running.images.toString()));
    Path output = running.directory.resolve("dump-output");
    int exitCode = running.keeper.run(running.directory, output, command);
    assertThat(exitCode).as(Files.readString(output)).isIn(0, KILLED);
    PathUtils.cleanDirectory(running.images);
    return exitCode == KILLED;
  }

  /** No descriptor, and no mapping that is told of (VmFlags um, uw, ui). */
  private static void assertNothingIsLeft(long pid) {
    Wait.until("no tracer", () -> ProcessTree.tracerOf(pid) == 0);
    Wait.until("no descriptor", () -> links(pid).noneMatch(link -> link.contains("userfault")));
    Wait.until("no mark", () -> !smaps(pid).contains(" uw "));
  }

  private static Stream<String> links(long pid) {
    String[] fds = Path.of("/proc/" + pid + "/fd").toFile().list();
    return Arrays.stream(fds).map(fd -> link(Path.of("/proc/" + pid + "/fd/" + fd)));
  }

  private static String link(Path path) {
    try {
      return Files.readSymbolicLink(path).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }

  private static String smaps(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/smaps"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
