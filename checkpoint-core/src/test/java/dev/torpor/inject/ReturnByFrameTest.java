// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.arch.CallRegisters;
import dev.torpor.arch.Gadgets;
import dev.torpor.arch.XstateLayout;
import dev.torpor.linux.Elf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import dev.torpor.proc.ProcFs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that is let go where it was asked, as when its tracer dies, comes back by itself. */
@Timeout(60)
class ReturnByFrameTest {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));
  private static final XstateLayout LAYOUT = XstateLayout.ofThisProcessor();

  private Cat cat;

  @BeforeEach
  void start() throws Exception {
    cat = Cat.start();
    awaitRead();
  }

  /** Until it waits for input: there it comes back to as well. */
  private void awaitRead() {
    while (!PROC.text(cat.pid(), "syscall").startsWith(Nr.SYS_read + " ")) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void end() throws Exception {
    cat.close();
  }

  private void stop() {
    Ptrace.seize(cat.pid(), Ptrace.PTRACE_O_TRACESYSGOOD);
    Ptrace.interrupt(cat.pid());
    assertThat(Wait.wait4(cat.pid(), Wait.__WALL).isStopped()).isTrue();
  }

  private long[] general() {
    try (CallRegisters regs = new CallRegisters()) {
      regs.read(cat.pid());
      return regs.words();
    }
  }

  private long[] xstate() {
    try (NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES)) {
      int length = Ptrace.getRegset(cat.pid(), Elf.NT_X86_XSTATE, xstate);
      return xstate.getLongs(0, length / Long.BYTES);
    }
  }

  /** Gives the upper halves of vector registers some content, as far as this processor has them. */
  private void fill(int component) {
    try (NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES)) {
      int length = Ptrace.getRegset(cat.pid(), Elf.NT_X86_XSTATE, xstate);
      for (int i = 0; i < LAYOUT.lengthBytes(component); i++) {
        xstate.putByte(LAYOUT.offset(component) + i, i + 1);
      }
      long used = xstate.getLong(XstateLayout.XSTATE_BV);
      xstate.putLong(XstateLayout.XSTATE_BV, used | (LAYOUT.features() & (1L << component)));
      Ptrace.setRegset(cat.pid(), Elf.NT_X86_XSTATE, xstate, length);
    }
  }

  /** Asks it, and lets it go without putting it back. */
  private void askAndLeave() {
    Scratch scratch = Scratch.of(cat.pid(), List.of(cat.pid()), cat.mappings(), LAYOUT);
    Gadgets.Found gadgets = new Gadgets().find(cat.pid(), cat.mappings());
    RemoteCaller caller =
        new RemoteCaller(cat.pid(), gadgets, scratch, PROC.status(cat.pid(), cat.pid()));
    Program program = new Program("test");
    program.call("asking for its pid", Nr.SYS_getpid).expect(cat.pid());
    caller.run(program);
    assertThat(general()).as("it is elsewhere").isNotEqualTo(caller.restartedRegisters());
    scratch.close();
    Ptrace.detach(cat.pid(), 0);
  }

  private void assertComesBack() {
    long[] general = general();
    long[] xstate = xstate();
    askAndLeave();
    awaitRead();
    stop();
    assertThat(general()).isEqualTo(general);
    assertThat(xstate()).isEqualTo(xstate);
  }

  @Test
  void withWhatItHas() {
    stop();
    assertComesBack();
  }

  @Test
  void withWideVectors() {
    stop();
    fill(XstateLayout.YMM);
    assertComesBack();
  }

  @Test
  void withTheWidestVectors() {
    stop();
    for (int component : new int[] {2, 5, 6, 7}) {
      fill(component);
    }
    assertComesBack();
  }
}
