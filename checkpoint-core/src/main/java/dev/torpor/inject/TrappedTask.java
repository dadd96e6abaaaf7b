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

  /** Stops right behind it. */
  private long call(CallRegisters regs, int nr, long... args) {
    regs.jump(stage.base() + stage.layout().remoteCallOffset())
        .outsideOfCalls()
        .call(nr, args)
        .write(pid);
    for (int stop = 0; stop < 2; stop++) {
      Ptrace.syscall(pid, 0);
      WaitStatus status = Wait.wait4(pid, Wait.__WALL);
      if (!status.isSyscallStop()) {
        throw new RestoreException(
            "task " + pid + " did not make a call that it was to make, " + nr + ": " + status);
      }
    }
    regs.read(pid);
    return regs.result();
  }

  @Override
  public long put(Data place, byte[] content, int lengthBytes) {
    return stage.write(place, content, lengthBytes);
  }
}
