// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Turns a {@link Program} into Python that makes the same calls, so that a plan can be put to the
 * test in a child process without ptrace. A TRAP forks: the child runs {@code children.pop(0)}.
 */
public final class ProgramScript {
  /** Defines {@code run(area, pointers, ops)}; tells of a failure in {@code here + '/failed'}. */
  public static final String RUNNER =
      """
      import ctypes, os, sys, time
      libc = ctypes.CDLL(None, use_errno=True)
      libc.syscall.restype = ctypes.c_long
      children = []
      def run(area, pointers, ops):
        memory = ctypes.create_string_buffer(bytes.fromhex(area) + bytes(64))
        base = ctypes.addressof(memory)
        def long_at(at):
          return int.from_bytes(memory[at:at + 8], 'little')
        for at, target in pointers:
          memory[at:at + 8] = (base + target).to_bytes(8, 'little')
        results = []
        pc = 0
        while pc < len(ops):
          kind, nr, args, expected, purpose = ops[pc]
          pc += 1
          del results[pc - 1:]
          if kind == 'trap':
            child = children.pop(0)
            if os.fork() == 0:
              child()
            results.append(0)
            continue
          values = [ctypes.c_ulong(v & (2**64 - 1) if k == 'n' else base + v if k == 'd' else
                                   long_at(v) if k == 'c' else results[v]) for k, v in args]
          if kind == 'repeat':
            result = max(values[1].value, values[2].value)
            if values[1].value < values[2].value:
              pc = values[0].value
              continue
          else:
            result = libc.syscall(ctypes.c_long(nr), *values)
          if result == -1:
            result = -ctypes.get_errno()
          results.append(result)
          if (expected == 'ok' and result < 0) or (isinstance(expected, int) and result != expected):
            why = os.strerror(-result) if result < 0 else str(result)
            with open(here + '/failed', 'w') as f:
              f.write(purpose.decode('utf-8', 'surrogateescape') + ': ' + why)
            os._exit(1)
      """;

  private ProgramScript() {}

  /** A call of {@code run} that makes the program's calls. */
  public static String of(Program program) {
    StringBuilder out = new StringBuilder("run('");
    HexFormat hex = HexFormat.of();
    out.append(hex.formatHex(program.area.array(), 0, program.area.lengthBytes()));
    out.append("', [");
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      out.append('(').append(program.pointerOffsets.get(i)).append(", ");
      out.append(program.pointerTargets.get(i).offset).append("), ");
    }
    out.append("], [\n");
    for (Op op : program.ops()) {
      append(out, hex, op);
    }
    return out.append("])\n").toString();
  }

  private static void append(StringBuilder out, HexFormat hex, Op op) {
    if (op.code == Op.TRAP) {
      out.append("  ('trap', 0, [], '', ''),\n");
      return;
    }
    if (op.code != Op.CALL && op.code != Op.REPEAT) {
      throw new IllegalArgumentException("a step of kind " + op.code + ": " + op.purpose());
    }
    out.append(op.code == Op.CALL ? "  ('call', " : "  ('repeat', ").append(op.nr).append(", [");
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference == null) {
        out.append("('n', ").append(op.values[i]);
      } else if (reference instanceof Data data) {
        out.append("('d', ").append(data.offset);
      } else if (reference instanceof Op.Content content) {
        out.append("('c', ").append(content.data().offset);
      } else if (reference instanceof Op earlier) {
        out.append("('r', ").append(earlier.index);
      } else {
        throw new IllegalArgumentException("an argument " + reference);
      }
      out.append("), ");
    }
    out.append("], ");
    out.append(
        op.expect == Op.EXPECT_VALUE
            ? Long.toString(op.expected)
            : op.expect == Op.EXPECT_OK ? "'ok'" : "'any'");
    String purpose = hex.formatHex(op.purpose().getBytes(StandardCharsets.UTF_8));
    out.append(", bytes.fromhex('").append(purpose).append("')),\n");
  }
}
