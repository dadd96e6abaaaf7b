// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.NativeMemory;
import org.junit.jupiter.api.Test;

/** Which data lies in a task while which calls are made. */
class DataWindowTest {
  private static final long ADDRESS = 0x7000;
  private static final int OFFSET = 128;

  private final Program program = new Program("test");
  private final Data first = program.reserve(100).putLong(0, 1);
  private final Data second = program.reserve(100).putLong(0, 2);
  private final Data third = program.reserve(100).putLong(0, 3);
  private final NativeMemory content = NativeMemory.allocate(1024).zero();

  private DataWindow window() {
    DataWindow window = new DataWindow(program);
    window.begin(OFFSET, ADDRESS);
    return window;
  }

  private Op use(Data... pieces) {
    Op op = program.call("using", 0).arg(7);
    for (Data piece : pieces) {
      op.arg(piece);
    }
    return op;
  }

  @Test
  void beginsAtAnAlignedPieceAndEndsBehindTheLast() {
    DataWindow window = window();
    assertThat(window.add(use(second), 1024)).isTrue();
    assertThat(window.add(use(third), 1024)).isTrue();
    assertThat(window.address(second)).isEqualTo(ADDRESS + second.offset % 64);
    assertThat(window.address(third)).isEqualTo(window.address(second) + 104);
    window.put(content);
    assertThat(content.getLong(OFFSET + second.offset % 64)).isEqualTo(2);
    assertThat(content.getLong(OFFSET + second.offset % 64 + 104)).isEqualTo(3);
  }

  @Test
  void earlierDataIsForTheNext() {
    DataWindow window = window();
    assertThat(window.add(use(second), 1024)).isTrue();
    assertThat(window.add(use(first), 1024)).isFalse();
    assertThat(window.address(second)).isEqualTo(ADDRESS + second.offset % 64);
    window.begin(OFFSET, ADDRESS);
    assertThat(window.add(use(first), 1024)).isTrue();
    assertThat(window.address(first)).isEqualTo(ADDRESS);
  }

  @Test
  void isNoLongerThanTheRoom() {
    DataWindow window = window();
    assertThat(window.add(use(first), 100)).isTrue();
    assertThat(window.add(use(second), 203)).isFalse();
    assertThat(window.add(use(second), 204)).isTrue();
  }

  @Test
  void callsWithoutDataNeedNone() {
    DataWindow window = window();
    assertThat(window.add(use(), 0)).isTrue();
    window.put(content);
    window.get(content);
    assertThat(window.data()).hasSize(308).startsWith(1);
  }

  @Test
  void whatIsPointedToIsThereToo() {
    second.putPointer(8, first);
    third.putPointer(8, second);
    DataWindow window = window();
    assertThat(window.add(use(third), 1024)).isTrue();
    window.put(content);
    assertThat(window.address(first)).isEqualTo(ADDRESS);
    assertThat(content.getLong(OFFSET + third.offset + 8)).isEqualTo(window.address(second));
    assertThat(content.getLong(OFFSET + second.offset + 8)).isEqualTo(ADDRESS);
  }

  @Test
  void takesBackWhatCallsHaveWritten() {
    DataWindow window = window();
    window.add(use(second), 1024);
    window.put(content);
    content.putLong(OFFSET + second.offset % 64, 42);
    window.get(content);
    assertThat(DataArea.get(window.data(), second.offset, Long.BYTES)).isEqualTo(42);
    assertThat(DataArea.get(window.data(), first.offset, Long.BYTES)).isEqualTo(1);
  }
}
