// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.core.CoreRooms;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.itimer_entry;
import dev.torpor.image.proto.posix_timer_entry;
import dev.torpor.image.proto.rseq_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.task_timers_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.RseqCriticalSection;
import dev.torpor.linux.Elf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UserRegs;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.AttributesTask.Captured;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rooms on real tasks: beside CRIU's dump of the same task, and there and back. */
@Timeout(120)
class ThreadRoomsKernelTest {
  private static final int RSEQ_FLAG_UNREGISTER = 1;

  @TempDir static Path programs;
  @TempDir Path images;
  private static Path program;

  @BeforeAll
  static void compile() throws Exception {
    program = AttributesTask.compile(programs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gmat", "gmas", "ct", "cs", "ts", "Tt", "gmact", "o", "w", "r", "S"})
  void sameAsCriu(String letters) throws Exception {
    String criu = System.getenv("TORPOR_TEST_CRIU");
    assumeTrue(criu != null, "TORPOR_TEST_CRIU names no CRIU to compare with");
    try (AttributesTask task = AttributesTask.start(program, letters)) {
      task.stop();
      Captured ours = task.capture();
      task.resume();
      dump(criu, task.pid());
      assertThat(ours.seccomp())
          .isEqualTo(read("seccomp.img", ImageType.SECCOMP, seccomp_entry.parser()));
      for (Map.Entry<Integer, core_entry> core : ours.cores().entrySet()) {
        core_entry theirs =
            read("core-" + core.getKey() + ".img", ImageType.CORE, core_entry.parser());
        assertThat(comparable(core.getValue())).isEqualTo(comparable(theirs));
      }
    }
  }

  /** On a machine without CAP_SYS_RESOURCE CRIU dumps no task of another user. */
  private void dump(String criu, int pid) throws IOException, InterruptedException {
    List<String> command =
        List.of(
            criu,
            "dump",
            "-t",
            Integer.toString(pid),
            "-D",
            images.toString(),
            "-R",
            "-v4",
            "-o",
            "dump.log");
    Process dump = new ProcessBuilder(command).inheritIO().start();
    assertThat(dump.waitFor()).isZero();
  }

  private <M extends Message> M read(String name, ImageType type, Parser<M> parser)
      throws IOException {
    try (ImageReader reader = ImageReader.open(images.resolve(name), type)) {
      return reader.only(parser);
    }
  }

  /**
   * Without registers, what other classes capture, how far clocks have run, and of what CRIU knows
   * nothing: what this JVM has changed of itself, and access to the time stamp counter.
   */
  private static core_entry comparable(core_entry core) {
    core_entry.Builder entry = core.toBuilder().clearMtype().clearIds();
    long clearTid = core.getThreadInfo().getClearTidAddr();
    entry.clearThreadInfo().getThreadInfoBuilder().setClearTidAddr(clearTid);
    entry.getThreadCoreBuilder().clearCgSet().clearTscFaults();
    if (core.hasTc()) {
      task_core_entry.Builder tc = entry.getTcBuilder();
      tc.clearTaskState().clearExitCode().clearCoredumpFilter();
      task_timers_entry.Builder timers = tc.getTimersBuilder();
      round(timers.getRealBuilder());
      round(timers.getVirtBuilder());
      round(timers.getProfBuilder());
      for (posix_timer_entry.Builder timer : timers.getPosixBuilderList()) {
        timer.setVsec((timer.getVsec() + 50) / 100).setVnsec(0);
      }
    }
    return entry.buildPartial();
  }

  private static void round(itimer_entry.Builder timer) {
    timer.setVsec((timer.getVsec() + 50) / 100).setVusec(0);
  }

  @Test
  void sameAsCriuWhenStopped() throws Exception {
    String criu = System.getenv("TORPOR_TEST_CRIU");
    assumeTrue(criu != null, "TORPOR_TEST_CRIU names no CRIU to compare with");
    try (AttributesTask task = AttributesTask.start(program, "g")) {
      Signal.kill(task.pid(), Signal.SIGSTOP);
      task.awaitState('T');
      task.stop();
      core_entry ours = task.capture().cores().get(task.pid());
      task.resume();
      task.awaitState('T');
      dump(criu, task.pid());
      core_entry theirs = read("core-" + task.pid() + ".img", ImageType.CORE, core_entry.parser());
      assertThat(ours.getTc().getStopSigno()).isEqualTo(Signal.SIGSTOP);
      assertThat(comparable(ours)).isEqualTo(comparable(theirs));
      assertThat(StopSignal.of(theirs)).isEqualTo(Signal.SIGSTOP);
    }
  }

  @Test
  void criticalSectionSurvivesQuestions() throws Exception {
    try (AttributesTask task = AttributesTask.start(program, "r")) {
      RseqCriticalSection section = stopInside(task);
      long ip = instructionPointer(task.pid());
      assertThat(section.resumeIp(ip)).isNotEqualTo(ip);
      assertThat(section.contains(section.resumeIp(ip))).isFalse();
      task.capture();
      assertThat(RseqCriticalSection.read(task.pid(), task.pid()).contains(ip)).isTrue();
      task.resume();
      RseqCriticalSection again = stopInside(task);
      assertThat(again.pointer()).isEqualTo(section.pointer());
      task.resume();
    }
  }

  /** It is outside for an instruction after each abort. */
  private static RseqCriticalSection stopInside(AttributesTask task) throws Exception {
    for (int i = 0; i < 100; i++) {
      Thread.sleep(5);
      task.stop();
      RseqCriticalSection section = RseqCriticalSection.read(task.pid(), task.pid());
      if (section.contains(instructionPointer(task.pid()))) {
        return section;
      }
      task.resume();
    }
    throw new AssertionError("never inside");
  }

  private static long instructionPointer(int tid) {
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF)) {
      Ptrace.getRegset(tid, Elf.NT_PRSTATUS, regs);
      return regs.getLong(UserRegs.rip);
    }
  }

  @Test
  void goesOnUnharmed() throws Exception {
    try (AttributesTask task = AttributesTask.start(program, "gmast")) {
      task.stop();
      Captured first = task.capture();
      task.resume();
      assertThat(AttributesTask.PROC.stat(task.pid(), task.pid()).state()).isIn('S', 'R');
      task.stop();
      Captured second = task.capture();
      task.resume();
      assertThat(second.seccomp()).isEqualTo(first.seccomp());
      first
          .cores()
          .forEach(
              (tid, core) ->
                  assertThat(comparable(second.cores().get(tid))).isEqualTo(comparable(core)));
    }
  }

  /** A task that gets from the plan what another one has then looks the same. */
  @ParameterizedTest
  @ValueSource(strings = {"", "g", "m", "a", "s", "u", "gmaus"})
  void thereAndBack(String letters) throws Exception {
    try (AttributesTask model = AttributesTask.start(program, letters);
        AttributesTask copy = AttributesTask.start(program, "")) {
      model.stop();
      Captured captured = model.capture();
      model.resume();
      core_entry core = renumbered(captured.cores().get(model.pid()), copy.pid());
      copy.stop();
      unregisterRseq(copy);
      copy.run(copy.pid(), plan(core, captured.seccomp(), copy.pid()));
      Captured result = copy.capture();
      assertThat(result.seccomp()).isEqualTo(captured.seccomp());
      assertThat(returnable(result.cores().get(copy.pid()))).isEqualTo(returnable(core));
    }
  }

  /** The image with the other task's number, since both live at a time. */
  private static core_entry renumbered(core_entry core, int pid) {
    core_entry.Builder entry = core.toBuilder();
    for (posix_timer_entry.Builder timer :
        entry.getTcBuilder().getTimersBuilder().getPosixBuilderList()) {
      if (timer.hasNotifyThreadId()) {
        timer.setNotifyThreadId(pid);
      }
    }
    return entry.buildPartial();
  }

  private static void unregisterRseq(AttributesTask task) {
    rseq_entry rseq = task.capture().cores().get(task.pid()).getThreadCore().getRseqEntry();
    if (rseq.getRseqAbiPointer() != 0) {
      Program program = new Program("test");
      program
          .call("unregistering rseq", Nr.SYS_rseq)
          .arg(rseq.getRseqAbiPointer())
          .arg(rseq.getRseqAbiSize())
          .arg(RSEQ_FLAG_UNREGISTER)
          .arg(rseq.getSignature());
      task.run(task.pid(), program);
    }
  }

  private static Program plan(core_entry core, seccomp_entry seccomp, int pid) {
    Facts facts =
        new Facts()
            .with(Machine.of(AttributesTask.PROC, Unistd.getpid()))
            .with(new ProcDescriptor(AttributesTask.PROC_FD))
            .with(SeccompFilters.of(seccomp));
    ThreadPlan plan = new ThreadPlan(pid, pid, facts);
    for (ThreadRoom room : CoreRooms.all().of(ThreadRoom.class)) {
      room.plan(core, core, plan);
    }
    return plan.assemble();
  }

  /** Without the mask, which returns with registers, and the flags, which tell of the past. */
  private static core_entry returnable(core_entry core) {
    core_entry.Builder entry = comparable(core).toBuilder();
    entry.getTcBuilder().clearBlkSigset().clearFlags();
    return entry.buildPartial();
  }
}
