// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A sleeping grandchild, looked at from outside. The JVM's own children will not do: the thread
 * that waits for their exit (java.lang.ProcessHandle) takes the ptrace stops meant for the tracer.
 */
@Timeout(30)
class PtraceTest {
  private Process shell;
  private int pid;

  @BeforeEach
  void start() throws IOException {
    shell = new ProcessBuilder("sh", "-c", "sleep 1000 & echo $!; wait").start();
    pid = Integer.parseInt(shell.inputReader().readLine());
  }

  @AfterEach
  void stop() throws InterruptedException {
    Signal.kill(pid, Signal.SIGKILL);
    shell.destroyForcibly().waitFor();
  }

  private void seizeAndStop() {
    Ptrace.seize(pid, Ptrace.PTRACE_O_TRACESYSGOOD);
    Ptrace.interrupt(pid);
    WaitStatus status = Wait.wait4(pid, Wait.__WALL);
    assertThat(status.pid()).isEqualTo(pid);
    assertThat(status.ptraceEvent()).isEqualTo(Ptrace.PTRACE_EVENT_STOP);
    assertThat(status.stopSignal()).isEqualTo(Signal.SIGTRAP);
    assertThat(status.isGroupStop()).isFalse();
  }

  @Test
  void readsAndWritesRegisters() {
    seizeAndStop();
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF);
        NativeMemory xstate = NativeMemory.allocate(16384)) {
      assertThat(Ptrace.getRegset(pid, Elf.NT_PRSTATUS, regs)).isEqualTo(UserRegs.SIZEOF);
      // A child that has only just been forked need not have reached its sleep.
      assertThat(regs.getLong(UserRegs.cs)).isEqualTo(0x33);
      long rip = regs.getLong(UserRegs.rip);
      long r15 = regs.getLong(UserRegs.r15);
      Ptrace.setRegset(pid, Elf.NT_PRSTATUS, regs.putLong(UserRegs.r15, 77), UserRegs.SIZEOF);
      Ptrace.getRegset(pid, Elf.NT_PRSTATUS, regs.zero());
      assertThat(regs.getLong(UserRegs.r15)).isEqualTo(77);
      Ptrace.setRegset(pid, Elf.NT_PRSTATUS, regs.putLong(UserRegs.r15, r15), UserRegs.SIZEOF);
      assertThat(Ptrace.getRegset(pid, Elf.NT_X86_XSTATE, xstate)).isGreaterThanOrEqualTo(576);

      long word = Ptrace.peekData(pid, rip);
      try (NativeMemory code = NativeMemory.allocate(8)) {
        assertThat(ProcessVm.read(pid, rip, code, 8)).isEqualTo(8);
        assertThat(code.getLong(0)).isEqualTo(word);
      }
    }
    Ptrace.detach(pid, 0);
  }

  @Test
  void seesSignalsThatWaitWithoutTakingThem() {
    seizeAndStop();
    Ptrace.setSigmask(pid, Signal.bit(Signal.SIGUSR1) | Signal.bit(Signal.SIGUSR2));
    assertThat(Ptrace.getSigmask(pid))
        .isEqualTo(Signal.bit(Signal.SIGUSR1) | Signal.bit(Signal.SIGUSR2));
    Signal.kill(pid, Signal.SIGUSR1);
    Signal.tgkill(pid, pid, Signal.SIGUSR2);
    try (NativeMemory infos = NativeMemory.allocate(4 * Siginfo.SI_MAX_SIZE)) {
      assertThat(Ptrace.peekSiginfo(pid, Ptrace.PTRACE_PEEKSIGINFO_SHARED, 0, infos)).isEqualTo(1);
      assertThat(infos.getInt(Siginfo.si_signo)).isEqualTo(Signal.SIGUSR1);
      assertThat(infos.getInt(Siginfo.si_pid)).isEqualTo(Unistd.getpid());
      assertThat(Ptrace.peekSiginfo(pid, 0, 0, infos)).isEqualTo(1);
      assertThat(infos.getInt(Siginfo.si_signo)).isEqualTo(Signal.SIGUSR2);
      assertThat(infos.getInt(Siginfo.si_code)).isEqualTo(Siginfo.SI_TKILL);
      assertThat(Ptrace.peekSiginfo(pid, 0, 1, infos)).isZero();
    }
  }

  @Test
  void seesSystemCalls() {
    seizeAndStop();
    Ptrace.syscall(pid, 0);
    WaitStatus status = Wait.wait4(pid, Wait.__WALL);
    assertThat(status.isSyscallStop()).isTrue();
    try (NativeMemory info = NativeMemory.allocate(Ptrace.SyscallInfo.SIZEOF);
        NativeMemory rseq = NativeMemory.allocate(Ptrace.RseqConfiguration.SIZEOF)) {
      assertThat(Ptrace.getSyscallInfo(pid, info)).isGreaterThan(24);
      Ptrace.getRseqConfiguration(pid, rseq);
      // glibc 2.35 and later register one.
      assertThat(rseq.getInt(Ptrace.RseqConfiguration.rseq_abi_size)).isIn(0, 32);
    }
    assertThatThrownBy(() -> Ptrace.seccompGetFilter(pid, 0, null))
        .isInstanceOfSatisfying(
            ErrnoException.class,
            e -> assertThat(e.is(Errno.EINVAL) || e.is(Errno.ENOENT)).isTrue());
  }

  @Test
  void tellsWhoMayNotBeTraced() {
    assertThatThrownBy(() -> Ptrace.seize(Unistd.getpid(), 0))
        .hasMessage(
            "ptrace(PTRACE_SEIZE, " + Unistd.getpid() + "): EPERM (Operation not permitted)");
    assertThatThrownBy(() -> Ptrace.cont(pid, 0))
        .hasMessage("ptrace(PTRACE_CONT, " + pid + "): ESRCH (No such process)");
  }

  @Test
  void seesGroupStopsAndDeath() {
    Ptrace.seize(pid, 0);
    Signal.kill(pid, Signal.SIGSTOP);
    WaitStatus delivery = Wait.wait4(pid, Wait.__WALL);
    assertThat(delivery.ptraceEvent()).isZero();
    assertThat(delivery.stopSignal()).isEqualTo(Signal.SIGSTOP);
    Ptrace.cont(pid, Signal.SIGSTOP);
    WaitStatus stop = Wait.wait4(pid, Wait.__WALL);
    assertThat(stop.isGroupStop()).isTrue();
    Ptrace.listen(pid);
    assertThat(Wait.wait4(pid, Wait.__WALL | Wait.WNOHANG).pid()).isZero();
    Ptrace.interrupt(pid);
    Wait.wait4(pid, Wait.__WALL);
    Signal.kill(pid, Signal.SIGKILL);
    try (NativeMemory info = NativeMemory.allocate(Siginfo.SI_MAX_SIZE)) {
      Wait.waitid(Wait.P_PID, pid, info, Wait.WEXITED | Wait.WNOWAIT);
      assertThat(info.getInt(Siginfo.si_code)).isEqualTo(Siginfo.CLD_KILLED);
      assertThat(info.getInt(Siginfo.si_status)).isEqualTo(Signal.SIGKILL);
    }
  }

  @Test
  void describesStatusWords() {
    assertThat(new WaitStatus(5, 0x0300)).hasToString("pid 5 exited with status 3");
    assertThat(new WaitStatus(5, 0x8b)).hasToString("pid 5 killed by SIGSEGV");
    assertThat(new WaitStatus(5, 0x8b).isCoreDumped()).isTrue();
    assertThat(new WaitStatus(5, 0x857f)).hasToString("pid 5 stopped by SIGTRAP at a system call");
    assertThat(new WaitStatus(5, 0x3057f)).hasToString("pid 5 stopped by SIGTRAP, ptrace event 3");
    assertThat(new WaitStatus(5, 0xffff)).hasToString("pid 5 continued");
    assertThat(new WaitStatus(5, 0xffff).isSignaled()).isFalse();
    assertThat(new WaitStatus(0, 0)).hasToString("nothing to report");
  }
}
