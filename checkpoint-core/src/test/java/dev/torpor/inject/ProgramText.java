// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Nr;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Programs as text, one line for each call: {@code purpose: name(arguments) result}. A piece of
 * data reads as its bytes in hexadecimal, the result of an earlier call as {@code #index}.
 */
public final class ProgramText {
  private static final Map<Integer, String> NAMES = names();

  private ProgramText() {}

  private static Map<Integer, String> names() {
    Map<Integer, String> names = new HashMap<>();
    for (Field field : Nr.class.getFields()) {
      if (field.getName().startsWith("SYS_")) {
        try {
          names.put(field.getInt(null), field.getName().substring(4));
        } catch (IllegalAccessException e) {
          throw new AssertionError(e);
        }
      }
    }
    return names;
  }

  /** All lines. */
  public static List<String> lines(Program program) {
    List<String> lines = new ArrayList<>();
    for (Op op : program.ops()) {
      lines.add(op.purpose() + ": " + NAMES.get(op.nr()) + "(" + arguments(op) + ")" + result(op));
    }
    return lines;
  }

  private static String arguments(Op op) {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      if (reference == null) {
        arguments.add(Long.toString(op.values[i]));
      } else if (reference instanceof Data data) {
        arguments.add(hex(data));
      } else if (reference instanceof Op earlier) {
        arguments.add("#" + earlier.index);
      } else {
        arguments.add(reference.toString());
      }
    }
    return String.join(", ", arguments);
  }

  private static String hex(Data data) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < data.lengthBytes(); i++) {
      text.append(String.format("%02x", data.program.area.array()[data.offset + i]));
    }
    return text.append(']').toString();
  }

  private static String result(Op op) {
    return switch (op.expect) {
      case Op.EXPECT_ANY -> " any";
      case Op.EXPECT_OK -> "";
      default -> " = " + op.expected;
    };
  }
}
