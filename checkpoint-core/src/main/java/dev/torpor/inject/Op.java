// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Syscall;

/**
 * One step of a {@link Program}: usually a system call. Arguments are appended in the order of the
 * kernel's. Unless told otherwise the result must not be an error number.
 *
 * <p>The numbers of {@link #code} and {@link #expect} are those of {@code blob.h}.
 */
public final class Op {
  static final int CALL = 0;
  static final int SPAWN = 1;
  static final int WAIT = 2;
  static final int ARRIVE = 3;
  static final int READ = 4;
  static final int TRAP = 5;
  static final int EXIT = 6;
  static final int REPEAT = 7;
  static final int READ_DIFFERING = 8;
  static final int SKIP = 9;
  static final int EACH = 10;
  static final int REQUEST = 11;

  static final int EXPECT_ANY = 0;
  static final int EXPECT_OK = 1;
  static final int EXPECT_VALUE = 2;

  private static final int MAX_ARGS = 6;

  /** Most calls have constants only, and there is one for each mapping. */
  private static final Object[] NONE = new Object[MAX_ARGS];

  final int code;
  final int nr;

  /** What {@link #purpose} is put together from when somebody asks, which as a rule nobody does. */
  private final String purpose;

  private final Object object;
  final long[] values = new long[MAX_ARGS];

  /** What is left of the room that the stage may take: its address, or its length in bytes. */
  enum StageRest {
    ADDRESS,
    LENGTH
  }

  /** A piece of data whose content, not whose address, is the argument. */
  record Content(Data data) {}

  /**
   * Beside {@link #values}: null for a constant, else a {@link Data}, {@link Content}, {@link
   * Word}, Op or Program.
   */
  Object[] references = NONE;

  private String failure;
  private boolean warns;
  private int stopSignal;
  int argCount;
  int expect = EXPECT_OK;
  long expected;
  int index = -1;

  Op(int code, int nr, String purpose) {
    this(code, nr, purpose, "");
  }

  Op(int code, int nr, String purpose, Object object) {
    this.code = code;
    this.nr = nr;
    this.purpose = purpose;
    this.object = object;
  }

  /** Appends a constant. */
  public Op arg(long value) {
    values[argCount++] = value;
    return this;
  }

  /** Appends the address of a piece of the program's data area. */
  public Op arg(Data data) {
    return reference(data);
  }

  /**
   * Appends the 64 bits that stand at the start of a piece of the program's data area when the call
   * is made. The kernel looks at the low half of what it takes for a descriptor, so this passes on
   * what pipe2 or socketpair left there.
   */
  public Op argContent(Data data) {
    return reference(new Content(data));
  }

  /** Appends the address of a word that all programs of a stage share. */
  public Op arg(Word word) {
    return reference(word);
  }

  /** Appends the result of an earlier call of the same program. */
  public Op arg(Op earlier) {
    return reference(earlier);
  }

  /** Appends the first address behind the stage, which is known when all programs are complete. */
  public Op argStageEnd() {
    return reference(StageRest.ADDRESS);
  }

  /** Appends how many bytes are free behind the stage, {@link Stage#ROOM_BYTES} less its own. */
  public Op argStageRest() {
    return reference(StageRest.LENGTH);
  }

  Op reference(Object target) {
    if (references == NONE) {
      references = new Object[MAX_ARGS];
    }
    references[argCount++] = target;
    return this;
  }

  /** The call must give exactly this, as a fixed {@code mmap} or a {@code dup3} does. */
  public Op expect(long value) {
    expect = EXPECT_VALUE;
    expected = value;
    return this;
  }

  /** Whatever the call gives, the program goes on. */
  public Op expectAnything() {
    expect = EXPECT_ANY;
    return this;
  }

  /** Whether the program goes on after this result. */
  boolean accepts(long result) {
    return switch (expect) {
      case EXPECT_ANY -> true;
      case EXPECT_OK -> !Syscall.failed(result);
      default -> result == expected;
    };
  }

  /** If the call fails the program goes on, and the user is warned. */
  public Op warnIfItFails() {
    warns = true;
    return expectAnything();
  }

  /** Whether {@link #warnIfItFails} was said. */
  public boolean warns() {
    return warns;
  }

  /** Says that the call sends the task a signal that stops it, unless it is stopped already. */
  public Op stopsBy(int signo) {
    stopSignal = signo;
    return this;
  }

  /** What {@link #stopsBy} said; 0 if nothing. */
  public int stopSignal() {
    return stopSignal;
  }

  /** Says what it means if the call fails, where its error number would mislead. */
  public Op otherwise(String meaning) {
    failure = meaning;
    return this;
  }

  /** What it means if the call fails; null where the error number says it. */
  public String failure() {
    return failure;
  }

  /** The program that this step starts a task with; null for another step. */
  public Program child() {
    return code == SPAWN ? (Program) references[2] : null;
  }

  /** What the call is for, as a user should read it when it fails. */
  public String purpose() {
    return purpose + object;
  }

  /** The number of the system call, or -1 for a step of another kind. */
  public int nr() {
    return code == CALL || code == EACH ? nr : -1;
  }

  /** Position in the program. */
  public int index() {
    return index;
  }
}
