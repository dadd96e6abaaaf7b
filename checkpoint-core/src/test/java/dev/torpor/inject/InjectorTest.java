// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls in a real process. */
@Timeout(60)
class InjectorTest {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));

  private Cat cat;

  @BeforeEach
  void start() throws Exception {
    cat = Cat.start();
  }

  @AfterEach
  void end() throws Exception {
    cat.close();
  }

  private void assertGoesOn() {
    assertThat(PROC.status(cat.pid(), cat.pid()).number("TracerPid")).isZero();
    assertThat(PROC.stat(cat.pid(), cat.pid()).state()).isIn('S', 'R');
  }

  @Test
  void resultsAndData() {
    try (Injector injector = Injector.attach(cat.pid())) {
      assertThat(injector.threads()).containsExactly(cat.pid());
      Program program = injector.program();
      Op pid = program.call("asking for its pid", Nr.SYS_getpid);
      Data name = program.reserve(16);
      program.call("asking for its name", Nr.SYS_prctl).arg(Prctl.PR_GET_NAME).arg(name);
      Answers answers = injector.run(program);
      assertThat(answers.result(pid)).isEqualTo(cat.pid());
      assertThat(answers.getString(name)).isEqualTo("cat");
      assertThat(answers.getBytes(name)).hasSize(16).startsWith('c', 'a', 't', 0);
    }
    assertGoesOn();
  }

  @Test
  void severalProgramsOneAfterTheOther() {
    try (Injector injector = Injector.attach(cat.pid())) {
      Program set = injector.program();
      Op before = set.call("setting its umask", Nr.SYS_umask).arg(077);
      Program back = injector.program();
      long umask = injector.run(set).result(before);
      back.call("setting its umask", Nr.SYS_umask).arg(umask).expect(077);
      injector.run(back);
    }
    assertGoesOn();
  }

  @Test
  void manyCallsWithMuchData() {
    try (Injector injector = Injector.attach(cat.pid())) {
      Program program = injector.program();
      Data[] names = new Data[500];
      for (int i = 0; i < names.length; i++) {
        names[i] = program.reserve(16);
        program.call("asking for its name", Nr.SYS_prctl).arg(Prctl.PR_GET_NAME).arg(names[i]);
        program.reserve(100);
      }
      Answers answers = injector.run(program);
      for (Data name : names) {
        assertThat(answers.getString(name)).isEqualTo("cat");
      }
    }
  }

  @Test
  void aCallThatFails() {
    try (Injector injector = Injector.attach(cat.pid())) {
      Program program = injector.program();
      program.call("closing what is not open", Nr.SYS_close).arg(1000);
      assertThatThrownBy(() -> injector.run(program))
          .isInstanceOf(RemoteCallException.class)
          .hasMessageContaining("closing what is not open in thread " + cat.pid())
          .hasMessageContaining("EBADF");
    }
    assertGoesOn();
  }

  @Test
  void dataThatDoesNotFit() {
    try (Injector injector = Injector.attach(cat.pid())) {
      Program program = injector.program();
      program.call("reading much", Nr.SYS_getcwd).arg(program.reserve(32 * 1024)).arg(32 * 1024);
      assertThatThrownBy(() -> injector.run(program))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("reading much");
    }
    assertGoesOn();
  }

  @Test
  void onlyTheThreadThatAttached() {
    try (Injector injector = Injector.attach(cat.pid())) {
      CompletableFuture<Answers> other =
          CompletableFuture.supplyAsync(() -> injector.run(injector.program()));
      assertThatThrownBy(other::join).hasCauseInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> injector.run(1, injector.program()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void oneThatIsTracedAlready() {
    try (Injector injector = Injector.attach(cat.pid())) {
      CompletableFuture<Injector> second =
          CompletableFuture.supplyAsync(() -> Injector.attach(injector.threads().get(0)));
      assertThatThrownBy(second::join)
          .cause()
          .isInstanceOfSatisfying(
              DumpException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM.number()));
    }
    assertGoesOn();
  }

  @Test
  void noProcess() {
    assertThatThrownBy(() -> Injector.attach(Integer.MAX_VALUE)).isInstanceOf(ProcException.class);
  }

  @Test
  void aChildOfThisJvm() throws Exception {
    Process child = new ProcessBuilder("sleep", "1000").start();
    try {
      assertThatThrownBy(() -> Injector.attach((int) child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("start it below a shell");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }
}
