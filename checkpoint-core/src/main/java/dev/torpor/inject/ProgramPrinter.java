// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Nr;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Shows what a {@link Program} will do, a step per line:
 *
 * <pre>
 * 0 openat(-100, "/var/log/x", 0x8002, 0x0) # restoring fd 3 of task 42 (/var/log/x): open
 * 1 dup3(#0, 0x100, 0x80000) = 0x100 # ...
 * </pre>
 *
 * <p>{@code #0} is the result of step 0, {@code &[..]} the address of data with these bytes in
 * hexadecimal, {@code *[..]} what stands in it when the call is made; {@code = any} means that the
 * result does not matter.
 */
public final class ProgramPrinter {
  private static final int MAX_BYTES = 64;

  private final Map<Integer, String> names = new HashMap<>();

  /** Looks up the names of all system calls. */
  public ProgramPrinter() {
    for (Field field : Nr.class.getFields()) {
      if (field.getName().startsWith("SYS_")) {
        try {
          names.put(field.getInt(null), field.getName().substring("SYS_".length()));
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** The program's steps, each with a line feed behind it. */
  public String print(Program program) {
    StringBuilder out = new StringBuilder();
    for (Op op : program.ops()) {
      out.append(op.index()).append(' ').append(name(op)).append('(');
      for (int i = 0; i < op.argCount; i++) {
        out.append(i == 0 ? "" : ", ");
        appendArgument(out, op, i);
      }
      out.append(')');
      if (op.expect == Op.EXPECT_VALUE) {
        out.append(" = ");
        appendNumber(out, op.expected);
      } else if (op.expect == Op.EXPECT_ANY) {
        out.append(" = any");
      }
      out.append(" # ").append(op.purpose()).append('\n');
    }
    return out.toString();
  }

  private String name(Op op) {
    return switch (op.code) {
      case Op.CALL -> names.getOrDefault(op.nr, "syscall_" + op.nr);
      case Op.EACH -> "EACH " + names.getOrDefault(op.nr, "syscall_" + op.nr);
      case Op.SPAWN -> "SPAWN";
      case Op.WAIT -> "WAIT";
      case Op.ARRIVE -> "ARRIVE";
      case Op.READ -> "READ";
      case Op.TRAP -> "TRAP";
      case Op.EXIT -> "EXIT";
      case Op.REPEAT -> "REPEAT";
      case Op.READ_DIFFERING -> "READ_DIFFERING";
      case Op.SKIP -> "SKIP";
      case Op.REQUEST -> "REQUEST";
      default -> throw new IllegalStateException("step of unknown kind " + op.code);
    };
  }

  private static void appendArgument(StringBuilder out, Op op, int i) {
    Object reference = op.references[i];
    if (reference == null) {
      appendNumber(out, op.values[i]);
    } else if (reference instanceof Data data) {
      appendData(out, '&', data);
    } else if (reference instanceof Op.Content content) {
      appendData(out, '*', content.data());
    } else if (reference instanceof Op earlier) {
      out.append('#').append(earlier.index());
    } else if (reference instanceof Program child) {
      out.append("program of ").append(child.subject());
    } else {
      out.append(reference);
    }
  }

  private static void appendNumber(StringBuilder out, long value) {
    if (value < 0 && value > -4096) {
      out.append(value);
    } else {
      out.append("0x").append(Long.toHexString(value));
    }
  }

  private static void appendData(StringBuilder out, char sign, Data data) {
    byte[] area = data.program.area.array();
    if (isText(area, data.offset, data.lengthBytes())) {
      out.append('"')
          .append(new String(area, data.offset, data.lengthBytes() - 1, StandardCharsets.UTF_8))
          .append('"');
      return;
    }
    out.append(sign).append('[');
    int shown = Math.min(data.lengthBytes(), MAX_BYTES);
    for (int i = 0; i < shown; i++) {
      String digits = Integer.toHexString(area[data.offset + i] & 0xff);
      out.append(digits.length() == 1 ? "0" : "").append(digits);
    }
    if (shown < data.lengthBytes()) {
      out.append("... ").append(data.lengthBytes()).append(" bytes");
    }
    out.append(']');
  }

  /** At least one printable byte and one NUL, at the end. */
  private static boolean isText(byte[] area, int offset, int lengthBytes) {
    if (lengthBytes < 2 || area[offset + lengthBytes - 1] != 0) {
      return false;
    }
    for (int i = offset; i < offset + lengthBytes - 1; i++) {
      if (area[i] >= 0 && area[i] < ' ') {
        return false;
      }
    }
    return true;
  }
}
