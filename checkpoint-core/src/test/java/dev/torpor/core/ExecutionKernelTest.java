// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.inject.Program;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import java.io.BufferedReader;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a failed restore does to tasks, on processes that only sleep. */
@Timeout(60)
class ExecutionKernelTest {
  private final Execution execution = new Execution(null, Set.of(), task -> null);
  private Process shell;
  private int first;
  private int second;

  /**
   * They are a shell's children: what this JVM starts, a thread of it waits for. And the shell is
   * another thread's: {@code killAll} waits for all that this one has.
   */
  @BeforeEach
  void start() throws Exception {
    String script = "sleep 60 & echo $!; sleep 60 & echo $!; wait";
    FutureTask<Process> starting =
        new FutureTask<>(() -> new ProcessBuilder("/bin/sh", "-c", script).start());
    new Thread(starting).start();
    shell = starting.get();
    BufferedReader pids = shell.inputReader();
    first = Integer.parseInt(pids.readLine());
    second = Integer.parseInt(pids.readLine());
  }

  @AfterEach
  void end() throws Exception {
    for (int pid : new int[] {first, second}) {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
    shell.waitFor();
  }

  private Program stopped(int pid) {
    Program program = new Program("task " + pid);
    execution.begin(pid, program);
    Ptrace.interrupt(pid);
    Wait.wait4(pid, Wait.__WALL);
    return program;
  }

  @Test
  void endsAllThatAreTraced() throws Exception {
    stopped(first);
    stopped(second);
    execution.killAll();
    assertThat(execution.hasLetGo()).isFalse();
    shell.waitFor();
  }

  /** By then its pid may be that of another process. */
  @Test
  void sendsNoSignalToATaskThatWasLetGo() throws Exception {
    Program released = stopped(first);
    stopped(second);
    execution.detach(released);
    execution.killAll();
    assertThat(execution.hasLetGo()).isTrue();
    Thread.sleep(100);
    assertThat(ProcessHandle.of(first)).isPresent();
  }
}
