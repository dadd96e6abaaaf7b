// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.arch.Gadgets;
import dev.torpor.arch.XstateLayout;
import dev.torpor.core.CoreRooms;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_info_x86;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Program;
import dev.torpor.inject.RemoteCaller;
import dev.torpor.inject.RseqCriticalSection;
import dev.torpor.inject.Scratch;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A running {@code attributes.c} and what the rooms see of it. It is a grandchild: the JVM reaps
 * its children itself and so takes ptrace stops of theirs.
 */
final class AttributesTask implements AutoCloseable {
  private static final XstateLayout LAYOUT = XstateLayout.ofThisProcessor();

  static final int PROC_FD = 100;
  static final ProcFs PROC = new ProcFs(Path.of("/proc"));

  /** All images of a task that rooms write to. */
  record Captured(Map<Integer, core_entry> cores, seccomp_entry seccomp) {}

  private final Process shell;
  private final int pid;

  private AttributesTask(Process shell, int pid) {
    this.shell = shell;
    this.pid = pid;
  }

  /** Compiles the program. */
  static Path compile(Path directory) throws IOException, InterruptedException {
    Path source = directory.resolve("attributes.c");
    Path program = directory.resolve("attributes");
    try (InputStream text = AttributesTask.class.getResourceAsStream("attributes.c")) {
      Files.copy(text, source);
    }
    Process cc =
        new ProcessBuilder("cc", "-pthread", "-o", program.toString(), source.toString())
            .inheritIO()
            .start();
    assertThat(cc.waitFor()).isZero();
    return program;
  }

  /**
   * Starts it in a session of its own, detached from all descriptors of the test, and with the same
   * addresses each time.
   */
  static AttributesTask start(Path program, String letters) throws IOException {
    Path output = Files.createTempFile(program.getParent(), "output", "");
    String command =
        "setsid setarch -R "
            + program
            + " '"
            + letters
            + "' >"
            + output
            + " 2>&1 </dev/null & echo $!; wait";
    Process shell = new ProcessBuilder("sh", "-c", command).start();
    BufferedReader reader = shell.inputReader();
    AttributesTask task = new AttributesTask(shell, Integer.parseInt(reader.readLine()));
    for (int i = 0; i < 1000 && Files.size(output) == 0; i++) {
      sleepMillis(10);
    }
    assertThat(Files.readString(output)).isEqualTo("ready\n");
    return task;
  }

  private static void sleepMillis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until /proc shows a state. */
  void awaitState(char state) {
    for (int i = 0; i < 1000 && PROC.stat(pid, pid).state() != state; i++) {
      sleepMillis(5);
    }
    assertThat(PROC.stat(pid, pid).state()).isEqualTo(state);
  }

  int pid() {
    return pid;
  }

  @Override
  public void close() throws InterruptedException {
    int[] tids = PROC.threads(pid);
    Signal.kill(pid, Signal.SIGKILL);
    for (int i = tids.length - 1; i >= 0; i--) {
      reap(tids[i]);
    }
    shell.waitFor();
  }

  /** A tracee's end must be seen by the tracer before its parent does; the leader's comes last. */
  private static void reap(int tid) {
    try {
      Wait.wait4(tid, Wait.__WALL);
    } catch (ErrnoException e) {
      assertThat(e.errno()).as(e.getMessage()).isEqualTo(Errno.ECHILD.number());
    }
  }

  /** Stops all threads. */
  void stop() {
    for (int tid : PROC.threads(pid)) {
      Ptrace.seize(tid, Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_SUSPEND_SECCOMP);
      Ptrace.interrupt(tid);
      assertThat(Wait.wait4(tid, Wait.__WALL).ptraceEvent()).isEqualTo(Ptrace.PTRACE_EVENT_STOP);
    }
  }

  /** Lets all threads go. */
  void resume() {
    for (int tid : PROC.threads(pid)) {
      Ptrace.detach(tid, 0);
    }
  }

  private List<Mapping> mappings() {
    return SmapsParser.read(PROC.path(pid, "smaps"));
  }

  private Scratch scratch() {
    return Scratch.of(pid, Arrays.stream(PROC.threads(pid)).boxed().toList(), mappings(), LAYOUT);
  }

  private RemoteCaller caller(int tid, Scratch scratch) {
    return new RemoteCaller(
        tid, new Gadgets().find(pid, mappings()), scratch, PROC.status(pid, tid));
  }

  /** Runs a program in a stopped thread. */
  void run(int tid, Program program) {
    try (Scratch scratch = scratch();
        RemoteCaller caller = caller(tid, scratch)) {
      caller.run(program);
    }
  }

  /** What the rooms see of the stopped task. */
  Captured capture() {
    SeccompFilters filters = new SeccompFilters();
    List<ThreadRoom> rooms = CoreRooms.all().of(ThreadRoom.class);
    Facts facts = new Facts().with(filters);
    Map<Integer, ThreadEntry> cores = new LinkedHashMap<>();
    for (int tid : PROC.threads(pid)) {
      cores.put(tid, capture(tid, rooms, facts));
    }
    seccomp_entry seccomp = filters.image();
    Map<Integer, core_entry> built = new LinkedHashMap<>();
    cores.forEach((tid, core) -> built.put(tid, partial(core)));
    return new Captured(built, seccomp);
  }

  private static core_entry partial(ThreadEntry entry) {
    try {
      core_entry.Builder core =
          core_entry
              .newBuilder()
              .setThreadInfo(
                  thread_info_x86
                      .newBuilder()
                      .setClearTidAddr(entry.clearTidAddress())
                      .buildPartial())
              .setThreadCore(
                  thread_core_entry
                      .parser()
                      .parsePartialFrom(entry.thread().serialised().toByteArray()));
      return (entry.hasTask() ? core.setTc(entry.task().buildPartial()) : core).buildPartial();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private ThreadEntry capture(int tid, List<ThreadRoom> rooms, Facts facts) {
    ThreadState thread =
        new ThreadState(pid, tid, PROC, true, facts)
            .withStop(RseqCriticalSection.read(pid, tid), Ptrace.getSigmask(tid));
    Program questions = new Program(thread.subject());
    List<ThreadRoom.Capture> captures = new ArrayList<>();
    for (ThreadRoom room : rooms) {
      captures.add(room.ask(thread, questions));
    }
    ThreadEntry core = new ThreadEntry();
    try (Scratch scratch = scratch();
        RemoteCaller caller = caller(tid, scratch)) {
      Answers answers = caller.run(questions);
      for (ThreadRoom.Capture capture : captures) {
        capture.into(core, answers);
      }
    }
    return core;
  }
}
