// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.NativeMemory;
import java.util.Arrays;

/**
 * The part of a program's data that lies in the task while some of its calls are made: as much as
 * these need, since memory there is short.
 */
final class DataWindow {
  /** What programs may ask for. */
  static final int ALIGNMENT = 64;

  private final Program program;
  private final byte[] data;
  private long address;
  private int offset;
  private int start;
  private int end;

  /** The data of a program, before its first call. */
  DataWindow(Program program) {
    this.program = program;
    data = Arrays.copyOf(program.area.array(), program.area.lengthBytes());
  }

  /** All data of the program, as the calls so far have left it. */
  byte[] data() {
    return data;
  }

  /**
   * Begins anew with nothing.
   *
   * @param contentOffset where it lies in the scratch memory's content
   * @param targetAddress where that is in the task, a multiple of {@link #ALIGNMENT}
   */
  void begin(int contentOffset, long targetAddress) {
    offset = contentOffset;
    address = targetAddress;
    start = -1;
    end = -1;
  }

  /**
   * Takes in what a call uses.
   *
   * @param roomBytes how long it may be
   * @return false if that does not fit; nothing is changed then
   */
  boolean add(Op op, int roomBytes) {
    int first = start;
    int last = end;
    for (int i = 0; i < op.argCount; i++) {
      if (op.references[i] instanceof Data piece) {
        first = first < 0 ? piece.offset : Math.min(first, piece.offset);
        last = Math.max(last, piece.offset + piece.lengthBytes());
      }
    }
    if (first < 0) {
      return true;
    }
    for (boolean grown = true; grown; ) {
      int from = first;
      int to = last;
      for (int i = 0; i < program.pointerOffsets.size(); i++) {
        int pointer = program.pointerOffsets.get(i);
        if (pointer >= from && pointer < to) {
          Data target = program.pointerTargets.get(i);
          first = Math.min(first, target.offset);
          last = Math.max(last, target.offset + target.lengthBytes());
        }
      }
      grown = first < from || last > to;
    }
    first &= -ALIGNMENT;
    // Addresses of what is in it already were given away.
    if ((start >= 0 && first < start) || last - first > roomBytes) {
      return false;
    }
    start = first;
    end = last;
    return true;
  }

  /** Where a piece that is in it lies in the task. */
  long address(Data piece) {
    return address + piece.offset - start;
  }

  /** Puts it into the scratch memory's content. */
  void put(NativeMemory content) {
    if (start < 0) {
      return;
    }
    content.putBytes(offset, data, start, end - start);
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      int pointer = program.pointerOffsets.get(i);
      if (pointer >= start && pointer < end) {
        content.putLong(offset + pointer - start, address(program.pointerTargets.get(i)));
      }
    }
  }

  /** Takes what the calls have left. */
  void get(NativeMemory content) {
    if (start >= 0) {
      content.getBytes(offset, data, start, end - start);
    }
  }
}
