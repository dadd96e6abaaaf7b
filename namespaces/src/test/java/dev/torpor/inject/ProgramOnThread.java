// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Syscall;
import java.util.IdentityHashMap;
import java.util.function.Consumer;

/**
 * Runs a program call by call in the calling thread, which has left the namespaces of the others
 * before. For programs that need no other task.
 */
public final class ProgramOnThread {
  private ProgramOnThread() {}

  /**
   * Runs all steps.
   *
   * @param trap is given each trap
   * @throws IllegalStateException with the purpose of the call that failed
   */
  public static void run(Program program, Consumer<Op> trap) {
    try (NativeMemory data = NativeMemory.allocate(Math.max(1, program.area.lengthBytes()))) {
      data.putBytes(0, program.area.array(), 0, program.area.lengthBytes());
      for (int i = 0; i < program.pointerOffsets.size(); i++) {
        data.putLong(
            program.pointerOffsets.get(i), data.address(program.pointerTargets.get(i).offset));
      }
      IdentityHashMap<Op, Long> results = new IdentityHashMap<>();
      for (Op op : program.ops()) {
        if (op.code == Op.TRAP) {
          trap.accept(op);
        } else {
          results.put(op, call(op, data, results));
        }
      }
    }
  }

  private static long call(Op op, NativeMemory data, IdentityHashMap<Op, Long> results) {
    long[] args = new long[6];
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference instanceof Data piece) {
        args[i] = data.address(piece.offset);
      } else if (reference instanceof Op earlier) {
        args[i] = results.get(earlier);
      } else {
        args[i] = op.values[i];
      }
    }
    if (op.code != Op.CALL) {
      throw new IllegalStateException("not a call: " + op.purpose());
    }
    long result = Syscall.raw(op.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    boolean expected =
        op.expect == Op.EXPECT_ANY
            || (op.expect == Op.EXPECT_VALUE ? result == op.expected : !Syscall.failed(result));
    if (!expected) {
      throw new IllegalStateException(
          op.purpose()
              + ": "
              + (Syscall.failed(result)
                  ? ErrnoException.of(result, "call " + op.nr).getMessage()
                  : "result " + result));
    }
    return result;
  }
}
