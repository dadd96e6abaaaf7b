// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * An ordered list of system calls for one task, and the data that they point to. Building one makes
 * no system call; the same program can be printed, compared, or run.
 */
public final class Program {
  /** What {@link #readDiffering} reads at a time; as in {@code blob.h}. */
  public static final int ROOM_BYTES = 128 * 1024;

  /** What {@link #request} receives; as in {@code blob.h}. */
  static final int ANSWER_BYTES = 64;

  /** One call of {@link #each}. */
  public static final int ROW_WORDS = 3;

  private final String subject;
  private final List<Op> ops = new ArrayList<>();
  final DataArea area = new DataArea();

  /** Pairs: offset in the area of an address to fill in, and what it is to point to. */
  final List<Integer> pointerOffsets = new ArrayList<>();

  final List<Data> pointerTargets = new ArrayList<>();

  /**
   * Starts an empty program.
   *
   * @param subject whom it runs in, as a message names it: {@code task 42}
   */
  public Program(String subject) {
    this.subject = subject;
  }

  /** Whom this program runs in. */
  public String subject() {
    return subject;
  }

  /** The steps so far. */
  public List<Op> ops() {
    return Collections.unmodifiableList(ops);
  }

  /**
   * Appends a system call.
   *
   * @param purpose what a user reads when it fails: {@code restoring fd 7: bind 10.0.0.1:80}
   * @param nr the number of the call on this processor
   */
  public Op call(String purpose, int nr) {
    return add(new Op(Op.CALL, nr, purpose));
  }

  /**
   * Appends a system call to something whose name takes time to put together.
   *
   * @param purpose the first part of what a user reads when it fails: {@code mapping }
   * @param object whose text is the rest
   */
  public Op call(String purpose, Object object, int nr) {
    return add(new Op(Op.CALL, nr, purpose, object));
  }

  /**
   * Appends the start of a task or thread that runs its own program (clone3). The child's stack and
   * every other field of {@code clone_args} but {@code stack} and {@code stack_size} come from the
   * caller.
   *
   * @param cloneArgs a struct clone_args ({@code linux/sched.h}, version 2: 88 bytes)
   */
  public Op spawn(String purpose, Data cloneArgs, Program child) {
    Op op = add(new Op(Op.SPAWN, 0, purpose));
    return op.arg(cloneArgs).arg(cloneArgs.lengthBytes()).reference(child);
  }

  /** Appends a wait until {@code word} is at least {@code least}, or another program failed. */
  public Op waitFor(String purpose, Word word, int least) {
    return add(new Op(Op.WAIT, 0, purpose)).arg(word).arg(least);
  }

  /** Appends: add one to {@code word} and wake those who wait for it. */
  public Op arrive(Word word) {
    return add(new Op(Op.ARRIVE, 0, word.name)).arg(word);
  }

  /**
   * Appends a read of a file into scattered memory, repeated until all of it is there.
   *
   * @param fd the call that opened the file
   * @param iovecs array of struct iovec; used up by the call
   * @param offsetBytes where in the file
   * @param lengthBytes the sum of the iovecs; less is a failure
   */
  public Op readFully(
      String purpose, Op fd, Data iovecs, int count, long offsetBytes, long lengthBytes) {
    Op op = add(new Op(Op.READ, 0, purpose));
    return op.arg(fd).arg(iovecs).arg(count).arg(offsetBytes).expect(lengthBytes);
  }

  /**
   * Appends the same for whole pages, of which those that hold the same already are not written:
   * they stay shared with the task that they were inherited from, or with the mapped file.
   *
   * @param iovecs array of struct iovec of whole pages, whose sum is {@code lengthBytes}; used up
   * @param room address of {@link #ROOM_BYTES} that the content passes through
   */
  public Op readDiffering(
      String purpose, Op fd, Data iovecs, long offsetBytes, long room, long lengthBytes) {
    return differing(purpose, fd, iovecs, offsetBytes, room, lengthBytes).arg(-1);
  }

  /**
   * Appends the same for pages that the task may not write.
   *
   * @param memory the call that opened /proc/self/mem
   */
  public Op readDiffering(
      String purpose,
      Op fd,
      Data iovecs,
      long offsetBytes,
      long room,
      long lengthBytes,
      Op memory) {
    return differing(purpose, fd, iovecs, offsetBytes, room, lengthBytes).arg(memory);
  }

  private Op differing(
      String purpose, Op fd, Data iovecs, long offsetBytes, long room, long lengthBytes) {
    Op op = add(new Op(Op.READ_DIFFERING, 0, purpose));
    op.arg(fd).arg(iovecs).arg(offsetBytes).arg(room).arg(lengthBytes);
    return op.expect(lengthBytes);
  }

  /**
   * Appends a system call of three arguments that is made with each row of a table, until one
   * fails.
   *
   * @param purpose the first part of what a user reads when one fails
   * @param object whose text is the rest
   * @param rows of {@link #ROW_WORDS} arguments of 64 bits
   */
  public Op each(String purpose, Object object, int nr, Data rows) {
    Op op = add(new Op(Op.EACH, nr, purpose, object));
    return op.arg(rows).arg(rows.lengthBytes() / (ROW_WORDS * Long.BYTES));
  }

  /**
   * Appends a change asked for over netlink(7), and the receipt of its acknowledgement. It gives
   * the error number in that.
   *
   * @param socket the call that opened the netlink socket
   * @param message with its header, which asks for an acknowledgement
   * @param passed an error number that is as good as none; 0 for none
   */
  public Op request(String purpose, Op socket, Data message, int passed) {
    Op op = add(new Op(Op.REQUEST, 0, purpose)).arg(socket).arg(message);
    return op.arg(message.lengthBytes()).arg(reserve(ANSWER_BYTES)).arg(passed);
  }

  /** Appends a hand-over to the tracer, which continues the program when it has done its part. */
  public Op trap(String purpose) {
    return add(new Op(Op.TRAP, 0, purpose)).expectAnything();
  }

  /**
   * Appends a way back to an earlier step: everything from {@code first} on is done again as long
   * as {@code value} holds less than {@code wanted}. Behind it the value is {@code wanted}; more is
   * a failure.
   *
   * @param value 64 bits that a step in between writes, so that they grow
   */
  public Op repeat(String purpose, Op first, Data value, long wanted) {
    Op op = add(new Op(Op.REPEAT, 0, purpose));
    return op.arg(first.index()).argContent(value).arg(wanted).expect(wanted);
  }

  /**
   * Appends a step that passes over all that is appended until {@link #land}, if an earlier call
   * has failed.
   */
  public Op skipIfFailed(Op earlier) {
    return skip("if that failed", earlier, 0);
  }

  /** Appends the opposite of {@link #skipIfFailed}. */
  public Op skipIfSucceeded(Op earlier) {
    return skip("if that succeeded", earlier, 1);
  }

  private Op skip(String purpose, Op earlier, int ifSucceeded) {
    return add(new Op(Op.SKIP, 0, purpose)).arg(earlier).arg(ifSucceeded).arg(0);
  }

  /** Says that what is appended from here on is not passed over by a skip. */
  public void land(Op skip) {
    skip.values[2] = ops.size() - skip.index() - 1L;
  }

  /** Appends the end of the task (exit, not exit_group). */
  public Op exit(int status) {
    return add(new Op(Op.EXIT, 0, "exit")).arg(status);
  }

  /** Reserves zeroed bytes, aligned to 8. */
  public Data reserve(int lengthBytes) {
    return reserve(lengthBytes, 8);
  }

  /** Reserves zeroed bytes at a multiple of {@code alignment}, a power of two of at most 64. */
  public Data reserve(int lengthBytes, int alignment) {
    return new Data(this, area.reserve(lengthBytes, alignment), lengthBytes);
  }

  /** Copies bytes into the data area. */
  public Data bytes(byte[] bytes) {
    return reserve(bytes.length).putBytes(0, bytes);
  }

  /** Copies a string, UTF-8 with a NUL behind it. */
  public Data string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return reserve(utf8.length + 1).putBytes(0, utf8);
  }

  /** Copies a string as the kernel has it, {@link dev.torpor.linux.KernelString}, with a NUL. */
  public Data string(byte[] text) {
    return reserve(text.length + 1).putBytes(0, text);
  }

  /**
   * Makes the calls in the calling thread. Only plain ones, that use no file or thread but its own.
   *
   * @throws RemoteCallException if a call did not give what it was to give; those after it were not
   *     made
   */
  public Answers runHere() {
    return OwnCaller.run(this);
  }

  void addPointer(int offset, Data target) {
    if (target.program != this) {
      throw new IllegalArgumentException(
          "data of " + target.program.subject + " is not data of " + subject);
    }
    pointerOffsets.add(offset);
    pointerTargets.add(target);
  }

  private Op add(Op op) {
    op.index = ops.size();
    ops.add(op);
    return op;
  }
}
