// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.linux.Sched;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** What the blob finds in memory. */
class StageTest {
  private static final long BASE = 0x1000_0000_0000L;
  private static final int PAGE = 4096;

  private final Stage stage = new Stage(new byte[PAGE + 3]);
  private final Program root = stage.add(new Program("task 1"));
  private final Program child = stage.add(new Program("task 2"));

  private ByteBuffer written() {
    ByteBuffer out = ByteBuffer.allocate((int) stage.totalBytes()).order(ByteOrder.LITTLE_ENDIAN);
    stage.write(BASE, out);
    return out;
  }

  private int op(Program program, int index) {
    return (int) stage.programOffset(program) + ProgramLayout.OPS + ProgramLayout.OP_SIZE * index;
  }

  private long arg(ByteBuffer out, Program program, int index, int arg) {
    return out.getLong(op(program, index) + ProgramLayout.OP_ARGS + 8 * arg);
  }

  private int indirect(ByteBuffer out, Program program, int index) {
    return out.getInt(op(program, index) + ProgramLayout.OP_INDIRECT);
  }

  @Test
  void partsFollowEachOtherWithoutOverlap() {
    Word first = stage.word("first");
    Word second = stage.word("second");
    root.call("call", 1);
    root.reserve(100);
    Data last = child.reserve(5000, 64);

    assertThat(stage.codeBytes()).isEqualTo(2 * PAGE);
    assertThat(stage.abortOffset()).isEqualTo(2 * PAGE);
    assertThat(stage.wordOffset(first)).isEqualTo(2 * PAGE + 8);
    assertThat(stage.wordOffset(second)).isEqualTo(2 * PAGE + 12);
    assertThat(stage.programOffset(root))
        .isGreaterThanOrEqualTo(2 * PAGE + 16)
        .matches(o -> o % 64 == 0);
    assertThat(stage.programOffset(child)).isGreaterThanOrEqualTo(stage.stackTopOffset(root));
    assertThat(stage.stackTopOffset(root) % 16).isZero();
    assertThat(stage.dataOffset(last) % 64).isZero();
    assertThat(stage.stackTopOffset(child))
        .isGreaterThanOrEqualTo(stage.dataOffset(last) + 5000 + 2048);
    assertThat(stage.totalBytes())
        .isGreaterThanOrEqualTo(stage.stackTopOffset(child))
        .matches(b -> b % PAGE == 0);
  }

  @Test
  void wordAddedLaterHasAPlaceOfItsOwn() {
    long before = stage.programOffset(root);
    Word word = null;
    for (int i = 0; i < 100; i++) {
      word = stage.word("word " + i);
    }
    assertThat(stage.wordOffset(word)).isGreaterThan(before);
    assertThat(stage.programOffset(root)).isGreaterThan(stage.wordOffset(word));
  }

  @Test
  void codeAndRecords() {
    byte[] blob = {1, 2, 3};
    Stage small = new Stage(blob);
    Program program = small.add(new Program("task 1"));
    program.call("one", 10);
    program.call("two", 11);
    ByteBuffer out = ByteBuffer.allocate((int) small.totalBytes()).order(ByteOrder.LITTLE_ENDIAN);
    small.write(BASE, out);

    int record = (int) small.programOffset(program);
    assertThat(out.array()).startsWith(1, 2, 3, 0);
    assertThat(out.getLong(record + ProgramLayout.PC)).isZero();
    assertThat(out.getLong(record + ProgramLayout.FAILED)).isZero();
    assertThat(out.getLong(record + ProgramLayout.COUNT)).isEqualTo(2);
    assertThat(out.getLong(record + ProgramLayout.CONTROL)).isEqualTo(BASE + small.codeBytes());
  }

  @Test
  void callsWithConstantsAndExpectations() {
    root.call("ok", 7).arg(-1).arg(42);
    root.call("value", 8).expect(-2);
    root.call("any", 9).expectAnything();
    ByteBuffer out = written();

    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_CODE)).isEqualTo(Op.CALL);
    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_NR)).isEqualTo(7);
    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_EXPECT)).isEqualTo(Op.EXPECT_OK);
    assertThat(arg(out, root, 0, 0)).isEqualTo(-1);
    assertThat(arg(out, root, 0, 1)).isEqualTo(42);
    assertThat(indirect(out, root, 0)).isZero();
    assertThat(out.getInt(op(root, 1) + ProgramLayout.OP_EXPECT)).isEqualTo(Op.EXPECT_VALUE);
    assertThat(out.getLong(op(root, 1) + ProgramLayout.OP_EXPECTED)).isEqualTo(-2);
    assertThat(out.getInt(op(root, 2) + ProgramLayout.OP_EXPECT)).isEqualTo(Op.EXPECT_ANY);
  }

  @Test
  void referencesBecomeAddresses() {
    Word word = stage.word("word");
    Data data = root.reserve(32).putLong(8, 0x1122334455667788L);
    Op earlier = root.call("earlier", 1);
    root.call("all", 2).arg(3).arg(data.from(8)).argContent(data.from(8)).arg(word).arg(earlier);
    ByteBuffer out = written();

    assertThat(arg(out, root, 1, 0)).isEqualTo(3);
    assertThat(arg(out, root, 1, 1)).isEqualTo(BASE + stage.dataOffset(data) + 8);
    assertThat(arg(out, root, 1, 2)).isEqualTo(BASE + stage.dataOffset(data) + 8);
    assertThat(arg(out, root, 1, 3)).isEqualTo(BASE + stage.wordOffset(word));
    assertThat(arg(out, root, 1, 4)).isEqualTo(BASE + op(root, 0) + ProgramLayout.OP_RESULT);
    assertThat(indirect(out, root, 1)).isEqualTo(1 << 2 | 1 << 4);
    assertThat(stage.resultOffset(root, earlier)).isEqualTo(op(root, 0) + ProgramLayout.OP_RESULT);
    assertThat(out.getLong((int) stage.dataOffset(data) + 8)).isEqualTo(0x1122334455667788L);
  }

  @Test
  void oneCallWithEachRow() {
    Data rows = root.reserve(48).putLongs(new long[] {1, 2, 3, 4, 5, 6, 7}, 6);
    root.each("doing ", "it", 10, rows);
    ByteBuffer out = written();

    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_CODE)).isEqualTo(Op.EACH);
    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_NR)).isEqualTo(10);
    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_EXPECT)).isEqualTo(Op.EXPECT_OK);
    assertThat(arg(out, root, 0, 0)).isEqualTo(BASE + stage.dataOffset(rows));
    assertThat(arg(out, root, 0, 1)).isEqualTo(2);
    assertThat(out.getLong((int) stage.dataOffset(rows) + 40)).isEqualTo(6);
    assertThat(root.ops().get(0).nr()).isEqualTo(10);
  }

  @Test
  void pointersInDataAreFilledIn() {
    Data target = root.string("target");
    Data holder = root.reserve(24).putPointer(16, target);
    ByteBuffer out = written();

    assertThat(out.getLong((int) stage.dataOffset(holder) + 16))
        .isEqualTo(BASE + stage.dataOffset(target));
    assertThat(out.get((int) stage.dataOffset(target))).isEqualTo((byte) 't');
  }

  @Test
  void spawnGivesTheChildItsStackAndProgram() {
    child.reserve(10);
    Data args = root.reserve(Sched.CloneArgs.SIZEOF);
    args.putLong(Sched.CloneArgs.flags, 5).putLong(Sched.CloneArgs.tls, 6);
    root.spawn("starting task 2", args, child);
    ByteBuffer out = written();

    int at = (int) stage.dataOffset(args);
    long stack = out.getLong(at + Sched.CloneArgs.stack);
    long size = out.getLong(at + Sched.CloneArgs.stack_size);
    assertThat(stack + size).isEqualTo(BASE + stage.stackTopOffset(child));
    assertThat(out.getLong(at + Sched.CloneArgs.flags)).isEqualTo(5);
    assertThat(out.getLong(at + Sched.CloneArgs.tls)).isEqualTo(6);
    assertThat(out.getInt(op(root, 0) + ProgramLayout.OP_CODE)).isEqualTo(Op.SPAWN);
    assertThat(arg(out, root, 0, 0)).isEqualTo(BASE + at);
    assertThat(arg(out, root, 0, 1)).isEqualTo(Sched.CloneArgs.SIZEOF);
    assertThat(arg(out, root, 0, 2)).isEqualTo(BASE + stage.programOffset(child));
  }

  @Test
  void foreignProgram() {
    assertThatThrownBy(() -> stage.programOffset(new Program("task 3")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task 3");
    Data foreign = child.reserve(8);
    assertThatThrownBy(() -> root.reserve(8).putPointer(0, foreign))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("data of task 2 is not data of task 1");
  }
}
