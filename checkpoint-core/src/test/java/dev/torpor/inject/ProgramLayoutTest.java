// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.Blob;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The numbers of the Java side against blob.h as the compiler sees it. */
class ProgramLayoutTest {
  private static final String HEADER = "blob/blob.h";

  @TempDir Path directory;

  private final Map<String, Long> java = new LinkedHashMap<>();

  private void offset(String field, String struct, int value) {
    java.put("offsetof(struct " + struct + ", " + field + ")", (long) value);
  }

  @Test
  void structs() throws Exception {
    offset("pc", "program", ProgramLayout.PC);
    offset("failed", "program", ProgramLayout.FAILED);
    offset("count", "program", ProgramLayout.COUNT);
    offset("control", "program", ProgramLayout.CONTROL);
    offset("ops", "program", ProgramLayout.OPS);
    offset("code", "op", ProgramLayout.OP_CODE);
    offset("nr", "op", ProgramLayout.OP_NR);
    offset("indirect", "op", ProgramLayout.OP_INDIRECT);
    offset("expect", "op", ProgramLayout.OP_EXPECT);
    offset("args", "op", ProgramLayout.OP_ARGS);
    offset("expected", "op", ProgramLayout.OP_EXPECTED);
    offset("result", "op", ProgramLayout.OP_RESULT);
    java.put("sizeof(struct op)", (long) ProgramLayout.OP_SIZE);
    offset("abort", "control", ProgramLayout.CONTROL_ABORT);
    java.put("sizeof(struct control)", (long) ProgramLayout.CONTROL_SIZE);
    assertThat(CProgram.values(directory, HEADER, java.keySet())).isEqualTo(java);
    // All but REMOTE_CALL, which is a place in the code.
    assertThat(ProgramLayout.class.getDeclaredFields()).hasSize(java.size() + 1);
  }

  @Test
  void codesAndExpectations() throws Exception {
    java.put("OP_CALL", (long) Op.CALL);
    java.put("OP_SPAWN", (long) Op.SPAWN);
    java.put("OP_WAIT", (long) Op.WAIT);
    java.put("OP_ARRIVE", (long) Op.ARRIVE);
    java.put("OP_READ", (long) Op.READ);
    java.put("OP_TRAP", (long) Op.TRAP);
    java.put("OP_EXIT", (long) Op.EXIT);
    java.put("OP_REPEAT", (long) Op.REPEAT);
    java.put("OP_READ_DIFFERING", (long) Op.READ_DIFFERING);
    java.put("OP_SKIP", (long) Op.SKIP);
    java.put("OP_EACH", (long) Op.EACH);
    java.put("OP_REQUEST", (long) Op.REQUEST);
    java.put("ANSWER_BYTES", (long) Program.ANSWER_BYTES);
    java.put("ROOM_BYTES", (long) Program.ROOM_BYTES);
    java.put("EXPECT_ANY", (long) Op.EXPECT_ANY);
    java.put("EXPECT_OK", (long) Op.EXPECT_OK);
    java.put("EXPECT_VALUE", (long) Op.EXPECT_VALUE);
    assertThat(CProgram.values(directory, HEADER, java.keySet())).isEqualTo(java);
  }

  @Test
  void remoteCallIsSyscallWithTrapBehind() {
    int at = ProgramLayout.REMOTE_CALL;
    assertThat(Arrays.copyOfRange(Blob.code(), at, at + 3)).containsExactly(0x0f, 0x05, 0xcc);
  }
}
