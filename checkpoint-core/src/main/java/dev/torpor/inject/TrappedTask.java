// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.arch.CallRegisters;
import dev.torpor.error.RestoreException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import dev.torpor.linux.WaitStatus;

/**
 * A traced task at a trap in a {@link RunningStage}. It makes calls through the stage's lone
 * instruction for them, with the registers of its program put back behind each.
 *
 * @param pid its pid, as Torpor sees it
 * @param stage what it has mapped
 */
public record TrappedTask(int pid, RunningStage stage) implements WaitingTask {
  @Override
  public long call(int nr, long... args) {
    try (CallRegisters regs = new CallRegisters()) {
      regs.read(pid);
      long[] before = regs.words();
      long result = call(regs, nr, args);
      regs.set(before);
      regs.write(pid);
      return result;
    }
  }

  /** Makes a call behind which the program does not go on: it may take the stage away. */
  public long callLast(int nr, long... args) {
    try (CallRegisters regs = new CallRegisters()) {
      regs.read(pid);
      return call(regs, nr, args);
    }
  }

  /** Has it begin a call that it does not come back from: it goes on with it when it is let go. */
  public void enter(int nr, long... args) {
    try (CallRegisters regs = new CallRegisters()) {
      regs.read(pid);
      prepare(regs, nr, args);
      toSyscallStop(nr);
    }
  }

  /**
   * Makes a call that waits and interrupts it, so that the kernel can go on with it. The interrupt
   * comes at its beginning, where the thread has stopped, so no time decides what happens.
   *
   * @return what the kernel left in the register of the result: that the call is to go on, or how
   *     it ended, if it had nothing to wait for
   */
  public long callInterrupted(int nr, long... args) {
    try (CallRegisters regs = new CallRegisters()) {
      regs.read(pid);
      prepare(regs, nr, args);
      toSyscallStop(nr);
      Ptrace.interrupt(pid);
      toSyscallStop(nr);
      regs.read(pid);
      return regs.result();
    }
  }

  /** Stops right behind it. */
  private long call(CallRegisters regs, int nr, long... args) {
    prepare(regs, nr, args);
    toSyscallStop(nr);
    toSyscallStop(nr);
    regs.read(pid);
    return regs.result();
  }

  private void prepare(CallRegisters regs, int nr, long... args) {
    regs.jump(stage.base() + stage.layout().remoteCallOffset())
        .outsideOfCalls()
        .call(nr, args)
        .write(pid);
  }

  private void toSyscallStop(int nr) {
    Ptrace.syscall(pid, 0);
    WaitStatus status = Wait.wait4(pid, Wait.__WALL);
    if (!status.isSyscallStop()) {
      throw new RestoreException(
          "task " + pid + " did not make a call that it was to make, " + nr + ": " + status);
    }
  }

  @Override
  public long put(Data place, byte[] content, int lengthBytes) {
    return stage.write(place, content, lengthBytes);
  }
}
