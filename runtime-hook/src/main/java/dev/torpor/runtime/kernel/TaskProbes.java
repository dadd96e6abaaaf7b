// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.Elf;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.UserRegs;
import java.io.IOException;

/** What ptrace can do, tried on a stopped shell. */
final class TaskProbes {
  /** Enables the first of the debug registers, for execution of one byte; Intel SDM, volume 3. */
  private static final int DR7_FIRST_LOCAL = 1;

  private static final int DR7 = 7;
  private static final int DR_BYTES = 8;
  private static final int SYSCALL_BYTES = 2;

  private TaskProbes() {}

  static String stops() throws IOException {
    try (StoppedShell shell = new StoppedShell()) {
      Ptrace.getSigmask(shell.pid());
      return null;
    }
  }

  static String suspendSeccomp() throws IOException {
    try (StoppedShell shell = new StoppedShell()) {
      Ptrace.setOptions(shell.pid(), Ptrace.PTRACE_O_SUSPEND_SECCOMP);
      return null;
    }
  }

  static String rseqConfiguration() throws IOException {
    try (StoppedShell shell = new StoppedShell();
        NativeMemory target = NativeMemory.allocate(Ptrace.RseqConfiguration.SIZEOF)) {
      Ptrace.getRseqConfiguration(shell.pid(), target);
      return null;
    }
  }

  /**
   * Sets one where the shell will pass: at the read(2) that is made again, or else where it stands.
   * Some hypervisors take the register and never stop.
   */
  static String breakpoints() throws IOException {
    try (StoppedShell shell = new StoppedShell();
        NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF)) {
      Ptrace.getRegset(shell.pid(), Elf.NT_PRSTATUS, regs);
      long rip = regs.getLong(UserRegs.rip);
      boolean inCall = regs.getLong(UserRegs.orig_rax) >= 0 && regs.getLong(UserRegs.rax) < 0;
      poke(shell, 0, inCall ? rip - SYSCALL_BYTES : rip);
      poke(shell, DR7, DR7_FIRST_LOCAL);
      boolean stopped = shell.stopsBeforeItsEnd();
      if (stopped) {
        poke(shell, DR7, 0);
      }
      return stopped ? null : "a hardware breakpoint does not stop a task";
    }
  }

  private static void poke(StoppedShell shell, int register, long value) {
    int offset = UserRegs.u_debugreg + register * DR_BYTES;
    Ptrace.request(Ptrace.PTRACE_POKEUSR, "PTRACE_POKEUSR", shell.pid(), offset, value);
  }
}
