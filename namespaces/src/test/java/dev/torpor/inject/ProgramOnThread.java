// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Netlink.Nlmsgerr;
import dev.torpor.linux.Netlink.Nlmsghdr;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.util.Arrays;
import java.util.IdentityHashMap;

/**
 * Runs a program call by call in the calling thread, which has left the namespaces of the others
 * before. For programs that need no other task.
 */
public final class ProgramOnThread {
  private ProgramOnThread() {}

  /** What is done at a trap, by the thread that is the task as well. */
  @FunctionalInterface
  public interface Trap {
    /** Handles it. */
    void handle(Op trap, WaitingTask task) throws IOException;
  }

  private record ThisThread(NativeMemory data) implements WaitingTask {
    @Override
    public int pid() {
      return Unistd.gettid();
    }

    @Override
    public long call(int nr, long... args) {
      long[] six = Arrays.copyOf(args, 6);
      return Syscall.raw(nr, six[0], six[1], six[2], six[3], six[4], six[5]);
    }

    @Override
    public long put(Data place, byte[] content, int lengthBytes) {
      data.putBytes(place.offset, content, 0, lengthBytes);
      return data.address(place.offset);
    }
  }

  /**
   * Runs all steps.
   *
   * @param trap is given each trap
   * @throws IllegalStateException with the purpose of the call that failed
   */
  public static void run(Program program, Trap trap) throws IOException {
    try (NativeMemory data = NativeMemory.allocate(Math.max(1, program.area.lengthBytes()))) {
      data.putBytes(0, program.area.array(), 0, program.area.lengthBytes());
      for (int i = 0; i < program.pointerOffsets.size(); i++) {
        data.putLong(
            program.pointerOffsets.get(i), data.address(program.pointerTargets.get(i).offset));
      }
      IdentityHashMap<Op, Long> results = new IdentityHashMap<>();
      for (Op op : program.ops()) {
        if (op.code == Op.TRAP) {
          trap.handle(op, new ThisThread(data));
        } else {
          results.put(op, call(op, data, results));
        }
      }
    }
  }

  private static long call(Op op, long[] args) {
    if (op.code != Op.CALL) {
      throw new IllegalStateException("not a call: " + op.purpose());
    }
    return Syscall.raw(op.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
  }

  /** As blob.c does it. */
  private static long request(long[] args) {
    Syscall.raw(Nr.SYS_sendto, args[0], args[1], args[2], 0, 0, 0);
    try (NativeMemory answer = NativeMemory.allocate(Program.ANSWER_BYTES)) {
      Syscall.raw(Nr.SYS_recvfrom, args[0], answer.address(), Program.ANSWER_BYTES, 0, 0, 0);
      int error = answer.getInt(Nlmsghdr.SIZEOF + Nlmsgerr.error);
      return error == -args[4] ? 0 : error;
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
    long result = op.code == Op.REQUEST ? request(args) : call(op, args);
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
