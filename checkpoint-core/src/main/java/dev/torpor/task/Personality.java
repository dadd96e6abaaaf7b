// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;

/**
 * Execution domain and flags, personality(2), of the leader; threads inherit them.
 *
 * <p>CRIU reads /proc/PID/personality, which is hexadecimal, as a decimal number and stops at the
 * first letter: ADDR_NO_RANDOMIZE, 0x40000, is 40000 in its images. It never uses the number.
 * Torpor writes the same where that loses nothing, and the true value with {@link #EXACT} set
 * elsewhere; eight decimal digits never reach that bit.
 */
public final class Personality implements ThreadRoom {
  /** Marks a value that is not to be read as decimal digits. Linux has no such flag. */
  static final int EXACT = 1 << 31;

  private static final int HEX = 16;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    String path = thread.proc().path(thread.pid(), "personality");
    int encoded = encode(path, ProcFs.text(path).trim());
    return (core, answers) -> core.task().setPersonality(encoded);
  }

  static int encode(String path, String hex) {
    boolean digits = true;
    for (int i = 0; i < hex.length(); i++) {
      digits &= hex.charAt(i) >= '0' && hex.charAt(i) <= '9';
    }
    try {
      return digits ? Integer.parseInt(hex) : Integer.parseUnsignedInt(hex, HEX) | EXACT;
    } catch (NumberFormatException e) {
      throw new ProcException(path, hex, "eight hexadecimal digits");
    }
  }

  static int decode(int encoded) {
    return (encoded & EXACT) != 0
        ? encoded & ~EXACT
        : Integer.parseUnsignedInt(Integer.toString(encoded), HEX);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader()) {
      return;
    }
    int personality = decode(core.getTc().getPersonality());
    plan.at(
        Step.SIGNALS,
        program ->
            program.call("restoring personality of ", plan, Nr.SYS_personality).arg(personality));
  }
}
