// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.TtyType;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TtyTest {
  /** The parent has the master, the child the slave, which is the terminal of its session. */
  private static final String SHELL =
      """
      m, s = os.openpty()
      if os.fork() == 0:
        os.close(m); os.setsid(); fcntl.ioctl(s, termios.TIOCSCTTY, 0)
        os.dup2(s, 0); os.close(s)
        forked()
      os.close(s)
      ready(1)
      """;

  private static final TerminalOptions TAKEN = new TerminalOptions(false, false, true);
  private static final TerminalOptions SHELL_JOB = new TerminalOptions(true, true, false);

  @TempDir Path directory;

  @Test
  void aShellBelowItsTerminalEmulator() throws IOException {
    try (Child child = Child.start(directory, SHELL)) {
      CapturedFiles files = Captures.of(child.pids());
      assertThat(files.ttys()).hasSize(2);
      assertThat(files.ttys().get(0).getType()).isEqualTo(TtyType.PTY);
      assertThat(files.ttys()).allMatch(tty -> tty.getSid() == 2 && tty.getPgrp() == 2);
      assertThat(files.ttys().get(0).getId() ^ 1).isEqualTo(files.ttys().get(1).getId());

      List<ThreadPlan> plans = RoundTrip.plan(files, RoundTrip.options());
      assertThat(new ProgramPrinter().print(plans.get(1).program()))
          .contains("openat(-100, \"/dev/pts/")
          .contains("ioctl(#0, 0x540e, 0x0) # restoring the terminal of session 2 (pts/")
          .contains("ioctl TIOCSPGRP 2");
    }
  }

  @Test
  void refusesASlaveWithoutItsMaster() throws IOException {
    try (Child child = Child.start(directory, SHELL)) {
      int shell = child.pids()[1];
      assertThatThrownBy(() -> Captures.of(shell))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageMatching(
              "fd 0 of task "
                  + shell
                  + " \\(/dev/pts/\\d+\\): the other side of the terminal is not part of the dump;"
                  + " consider --shell-job");
    }
  }

  @Test
  void opensAMasterThatItsCallerMayTake() throws IOException {
    try (Child child = Child.start(directory, SHELL)) {
      FileTable table = Captures.table(Captures.context(TAKEN));
      table.captureDescriptors(child.pids()[1]);
      CapturedFiles files = Captures.finish(table);
      ThreadPlan plan = new ThreadPlan(2, 2);
      FilesPlanner planner =
          new FilesPlanner(
              files.images(),
              List.of(new TaskFiles(0, 2, null, plan)),
              CoreRooms.all().of(FileRoom.class),
              new FileRestoreOptions(Map.of(), 1024, true),
              new Facts().with(TAKEN));
      planner.plan();
      assertThat(planner.handovers()).hasSize(1);
      Handover handover = planner.handovers().get(0);
      assertThat(handover.pid()).isEqualTo(2);
      assertThat(handover.stage()).isEqualTo("orphan-pts-master");
      int number = handover.fd().number();
      assertThat(new ProgramPrinter().print(plan.assemble()))
          .contains("\"/dev/pts/ptmx\"", "REPEAT(", ", 0x" + Integer.toHexString(number));
    }
  }

  @Test
  void takesTheTerminalOfTheShellThatRestores() throws IOException {
    try (Child child = Child.start(directory, SHELL)) {
      CaptureContext outside = Captures.context(SHELL_JOB);
      FileTable table =
          Captures.table(
              new CaptureContext(
                  outside.proc(),
                  outside.mounts(),
                  outside.namespaces(),
                  pid -> 0,
                  true,
                  outside.options()));
      table.captureDescriptors(child.pids()[1]);
      CapturedFiles files = Captures.finish(table);
      ThreadPlan plan = new ThreadPlan(2, 2);
      new FilesPlanner(
              files.images(),
              List.of(new TaskFiles(0, 2, null, plan)),
              CoreRooms.all().of(FileRoom.class),
              new FileRestoreOptions(Map.of(), 1024, true),
              new Facts().with(SHELL_JOB))
          .plan();
      assertThat(new ProgramPrinter().print(plan.assemble()))
          .startsWith("0 dup3(0x0, 0x21, 0x80000) = 0x21 # restoring fd 0 of task 2 (pts/")
          .contains("\"/proc/self/fd/33\"")
          .doesNotContain("ptmx");
    }
  }

  @Test
  void refusesTheTerminalsOfTwoSessions() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            for i in range(2):
              m, s = os.openpty()
              if os.fork() == 0:
                os.close(m); os.setsid(); fcntl.ioctl(s, termios.TIOCSCTTY, 0); os.close(s)
                os.open('/dev/tty', os.O_RDWR)
                forked()
              os.close(s)
            ready(2)
            """)) {
      assertThat(Captures.of(child.pids()[0], child.pids()[1]).ttys()).hasSize(3);
      assertThatThrownBy(() -> Captures.of(child.pids()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("other descriptors of /dev/tty lead to another terminal");
    }
  }

  @Test
  void refusesATerminalThatLeftItsSession() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            m, s = os.openpty()
            a, b = socket.socketpair()
            if os.fork() == 0:
              os.close(m); a.close(); os.setsid(); fcntl.ioctl(s, termios.TIOCSCTTY, 0); os.close(s)
              socket.send_fds(b, [b'x'], [os.open('/dev/tty', os.O_RDWR)])
              b.close()
              forked()
            os.close(s); b.close()
            socket.recv_fds(a, 1, 1); a.close()
            ready(1)
            """)) {
      int holder = child.pids()[0];
      int leader = child.pids()[1];
      assertThatThrownBy(() -> Captures.of(child.pids()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining(
              "task " + holder + " has it, but does not descend from task " + leader);
    }
  }

  @Test
  void refusesTheSameIndexInTwoDevpts() throws IOException, InterruptedException {
    Path pts = Files.createDirectory(directory.resolve("pts"));
    run("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts", pts.toString());
    try (Child child =
        Child.start(
            directory,
            """
            import struct
            def index(fd):
              return struct.unpack('I', fcntl.ioctl(fd, 0x80045430, bytes(4)))[0]
            host = os.open('/dev/ptmx', os.O_RDWR)
            own = os.open('pts/ptmx', os.O_RDWR)
            below = []
            while index(own) < index(host):
              below.append(own)
              own = os.open('pts/ptmx', os.O_RDWR)
            for fd in below:
              os.close(fd)
            ready()
            """)) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("the tree has another terminal of this index in another devpts");
    } finally {
      run("umount", pts.toString());
    }
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as("%s", List.of(command)).isZero();
  }

  /** In a rehearsal any task may have ended when all are known. */
  @Test
  void tasksThatEndedMeanwhileAreNotAsked() throws IOException {
    FileTable table = Captures.table(Captures.context());
    try (Child child = Child.start(directory, SHELL)) {
      for (int pid : child.pids()) {
        table.captureDescriptors(pid);
      }
    }
    assertThat(Captures.finish(table).ttys()).hasSize(2).allMatch(tty -> tty.getSid() == 0);
  }
}
