// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Syscall;

/** Runs a program of plain calls in the calling thread itself. */
final class OwnCaller {
  private final Program program;
  private final NativeMemory data;
  private final long[] results;

  private OwnCaller(Program program, NativeMemory data) {
    this.program = program;
    this.data = data;
    results = new long[program.ops().size()];
  }

  static Answers run(Program program) {
    int lengthBytes = program.area.lengthBytes();
    try (NativeMemory data = NativeMemory.allocate(Math.max(lengthBytes, 1))) {
      data.putBytes(0, program.area.array(), 0, lengthBytes);
      OwnCaller caller = new OwnCaller(program, data);
      caller.putPointers();
      program.ops().forEach(caller::call);
      return new ReadAnswers(caller.results, data.getBytes(0, lengthBytes));
    }
  }

  private void putPointers() {
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      data.putLong(program.pointerOffsets.get(i), address(program.pointerTargets.get(i)));
    }
  }

  private long address(Data piece) {
    return data.address() + piece.offset;
  }

  private void call(Op op) {
    if (op.code != Op.CALL) {
      throw new IllegalArgumentException("\"" + op.purpose() + "\" is no plain call");
    }
    long[] args = new long[6];
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference instanceof Data piece) {
        args[i] = address(piece);
      } else if (reference instanceof Op earlier) {
        args[i] = results[earlier.index];
      } else {
        args[i] = op.values[i];
      }
    }
    long result = Syscall.raw(op.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    results[op.index] = result;
    if (!op.accepts(result)) {
      throw new RemoteCallException(op.purpose(), result);
    }
  }
}
