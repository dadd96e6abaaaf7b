// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * All programs of one restore and the blob that walks them, laid out for one address: the blob's
 * code, then a control block with the shared words, then each program with its data and its stack.
 * Every task maps the same memory there, so results are seen by all and by Torpor.
 *
 * <pre>
 *   0              blob code                 read and execute, whole pages
 *   codeBytes      struct control, words     read and write from here on
 *   ...            per program: struct program, ops, data, stack (16-aligned)
 * </pre>
 */
public final class Stage {
  /** More than the programs of any tree take. */
  public static final long ROOM_BYTES = 1L << 31;

  /** The blob needs some hundred bytes; nothing else runs on these stacks. */
  private static final int STACK_BYTES = 2048;

  private final byte[] blob;
  private final List<Word> words = new ArrayList<>();
  private final List<Program> programs = new ArrayList<>();
  private final IdentityHashMap<Program, Place> places = new IdentityHashMap<>();
  private long totalBytes;
  private boolean laidOut;

  private static final class Place {
    long program;
    long data;
    long stackTop;
  }

  /**
   * Starts an empty stage.
   *
   * @param blob content of {@code blob.bin}
   */
  public Stage(byte[] blob) {
    this.blob = blob;
  }

  /** A new shared word; {@code name} says what reaching it means. */
  public Word word(String name) {
    Word word = new Word(name, words.size());
    words.add(word);
    laidOut = false;
    return word;
  }

  /** Adds a program that a task of this stage runs. */
  public Program add(Program program) {
    programs.add(program);
    laidOut = false;
    return program;
  }

  /** The programs in the order of their adding. */
  public List<Program> programs() {
    return programs;
  }

  /** Bytes of the executable part, whole pages. */
  public long codeBytes() {
    return pages(blob.length);
  }

  /** Bytes of all, whole pages. */
  public long totalBytes() {
    layOut();
    return totalBytes;
  }

  /** Offset of the program's record in the stage. */
  public long programOffset(Program program) {
    return place(program).program;
  }

  /** Offset of the top of the program's stack in the stage. */
  public long stackTopOffset(Program program) {
    return place(program).stackTop;
  }

  /** Offset of the lone syscall instruction that calls through ptrace use. */
  public long remoteCallOffset() {
    return ProgramLayout.REMOTE_CALL;
  }

  /** Offset of a shared word. */
  public long wordOffset(Word word) {
    return codeBytes() + ProgramLayout.CONTROL_SIZE + 4L * word.index;
  }

  /** Offset of the word that says that a program failed. */
  public long abortOffset() {
    return codeBytes() + ProgramLayout.CONTROL_ABORT;
  }

  /** Offset of the data of {@code data}'s program that it names. */
  public long dataOffset(Data data) {
    return place(data.program).data + data.offset;
  }

  /** Offset of the 64-bit result of a call. */
  public long resultOffset(Program program, Op op) {
    return opOffset(place(program), op) + ProgramLayout.OP_RESULT;
  }

  /**
   * Writes everything, for tasks that will see it at {@code base}.
   *
   * @param out little-endian, at least {@link #totalBytes}, zeroed
   */
  public void write(long base, ByteBuffer out) {
    layOut();
    out.put(0, blob);
    for (Program program : programs) {
      writeProgram(program, base, out);
    }
  }

  private void layOut() {
    if (laidOut) {
      return;
    }
    long at = codeBytes() + ProgramLayout.CONTROL_SIZE + 4L * words.size();
    for (Program program : programs) {
      Place place = new Place();
      place.program = align(at, 64);
      place.data =
          align(
              place.program
                  + ProgramLayout.OPS
                  + (long) ProgramLayout.OP_SIZE * program.ops().size(),
              64);
      place.stackTop = align(place.data + program.area.lengthBytes(), 64) + STACK_BYTES;
      at = place.stackTop;
      places.put(program, place);
    }
    totalBytes = pages(at);
    laidOut = true;
  }

  private void writeProgram(Program program, long base, ByteBuffer out) {
    Place place = place(program);
    int start = Math.toIntExact(place.program);
    out.putLong(start + ProgramLayout.COUNT, program.ops().size());
    out.putLong(start + ProgramLayout.CONTROL, base + codeBytes());
    out.put(Math.toIntExact(place.data), program.area.array(), 0, program.area.lengthBytes());
    for (int i = 0; i < program.pointerOffsets.size(); i++) {
      Data target = program.pointerTargets.get(i);
      out.putLong(
          Math.toIntExact(place.data + program.pointerOffsets.get(i)), base + dataOffset(target));
    }
    for (Op op : program.ops()) {
      writeOp(program, op, base, out);
    }
  }

  private void writeOp(Program program, Op op, long base, ByteBuffer out) {
    int at = Math.toIntExact(opOffset(place(program), op));
    int indirect = 0;
    for (int i = 0; i < op.argCount; i++) {
      Object reference = op.references[i];
      long value = op.values[i];
      if (reference instanceof Data data) {
        value = base + dataOffset(data);
      } else if (reference instanceof Op.Content content) {
        value = base + dataOffset(content.data());
        indirect |= 1 << i;
      } else if (reference instanceof Word word) {
        value = base + wordOffset(word);
      } else if (reference instanceof Op.StageRest rest) {
        value = rest == Op.StageRest.ADDRESS ? base + totalBytes : ROOM_BYTES - totalBytes;
      } else if (reference instanceof Op earlier) {
        value = base + resultOffset(program, earlier);
        indirect |= 1 << i;
      } else if (reference instanceof Program child) {
        value = base + place(child).program;
        writeStack(op, child, base, out);
      }
      out.putLong(at + ProgramLayout.OP_ARGS + 8 * i, value);
    }
    out.putInt(at + ProgramLayout.OP_CODE, op.code);
    out.putInt(at + ProgramLayout.OP_NR, op.nr);
    out.putInt(at + ProgramLayout.OP_INDIRECT, indirect);
    out.putInt(at + ProgramLayout.OP_EXPECT, op.expect);
    out.putLong(at + ProgramLayout.OP_EXPECTED, op.expected);
  }

  /** Fields stack and stack_size of struct clone_args, linux/sched.h. */
  private void writeStack(Op spawn, Program child, long base, ByteBuffer out) {
    int cloneArgs = Math.toIntExact(dataOffset((Data) spawn.references[0]));
    out.putLong(cloneArgs + 40, base + place(child).stackTop - STACK_BYTES);
    out.putLong(cloneArgs + 48, STACK_BYTES);
  }

  private long opOffset(Place place, Op op) {
    return place.program + ProgramLayout.OPS + (long) ProgramLayout.OP_SIZE * op.index;
  }

  private Place place(Program program) {
    layOut();
    Place place = places.get(program);
    if (place == null) {
      throw new IllegalArgumentException("no program of this stage: " + program.subject());
    }
    return place;
  }

  private static long align(long value, int alignment) {
    return (value + alignment - 1) & -alignment;
  }

  private static long pages(long bytes) {
    return align(bytes, PAGE_SIZE);
  }
}
