// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Function;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Options of sockets that are asked of each one together, getsockopt(2): as many calls for the
 * kernel, but one for Java, to which one of its own costs many times that. Not thread-safe.
 */
public final class OptionQuestions {
  /** struct question of the blob, and where its members are. */
  private static final int QUESTION_BYTES = 6 * Long.BYTES;

  private static final int ARGUMENTS = Long.BYTES;
  private static final int RESULT = 5 * Long.BYTES;

  /** In front of a value: what the call gave, and how long the value is. */
  private static final int LENGTH = Long.BYTES;

  private static final int VALUE = 2 * Long.BYTES;

  /** What can be asked: options, and the room that a value takes at most. */
  public static final class Builder {
    private int[] levels = new int[8];
    private int[] options = new int[8];
    private int[] roomBytes = new int[8];
    private int count;

    /** One more, which an answer has at the next index, from 0 on. */
    public Builder add(int level, int option, int valueBytes) {
      if (count == levels.length) {
        levels = Arrays.copyOf(levels, 2 * count);
        options = Arrays.copyOf(options, 2 * count);
        roomBytes = Arrays.copyOf(roomBytes, 2 * count);
      }
      levels[count] = level;
      options[count] = option;
      roomBytes[count++] = valueBytes;
      return this;
    }

    /** More that are ints. */
    public Builder addInts(int level, int... numbers) {
      for (int number : numbers) {
        add(level, number, Integer.BYTES);
      }
      return this;
    }

    /** Ready to be asked. */
    public OptionQuestions build() {
      return new OptionQuestions(this);
    }
  }

  /** Those of one level that are ints. */
  public static OptionQuestions ofInts(int level, int... options) {
    return new Builder().addInts(level, options).build();
  }

  private final int[] levels;
  private final int[] options;
  private final int[] at;
  private final byte[] unanswered;
  private final ByteBuffer buffer;
  private final NativeMemory memory;
  private final Object[] arguments;
  private final Function ask = Blob.ask();

  private OptionQuestions(Builder asked) {
    levels = Arrays.copyOf(asked.levels, asked.count);
    options = Arrays.copyOf(asked.options, asked.count);
    at = new int[asked.count];
    int answersBytes = 0;
    for (int i = 0; i < at.length; i++) {
      at[i] = answersBytes;
      answersBytes += VALUE + ((asked.roomBytes[i] + Long.BYTES - 1) & -Long.BYTES);
    }
    buffer = ByteBuffer.allocateDirect(answersBytes + at.length * QUESTION_BYTES);
    memory = NativeMemory.ofAddress(NativeMemory.addressOf(buffer), buffer.capacity());
    for (int i = 0; i < at.length; i++) {
      int question = answersBytes + i * QUESTION_BYTES;
      memory
          .putLong(question, Nr.SYS_getsockopt)
          .putLong(question + ARGUMENTS, asked.levels[i])
          .putLong(question + ARGUMENTS + Long.BYTES, asked.options[i])
          .putLong(question + ARGUMENTS + 2 * Long.BYTES, memory.address(at[i] + VALUE))
          .putLong(question + ARGUMENTS + 3 * Long.BYTES, memory.address(at[i] + LENGTH))
          .putLong(question + RESULT, memory.address(at[i]))
          .putInt(at[i] + LENGTH, asked.roomBytes[i]);
    }
    unanswered = memory.getBytes(0, answersBytes);
    arguments = new Object[] {0L, memory.address(answersBytes), (long) at.length};
  }

  /** The index that an option was given. */
  public int indexOf(int level, int option) {
    for (int i = 0; i < options.length; i++) {
      if (options[i] == option && levels[i] == level) {
        return i;
      }
    }
    throw new IllegalArgumentException("option " + option + " of level " + level + " is not asked");
  }

  /**
   * Asks them all of a socket.
   *
   * @return the answers, which equal those of another socket if each option does
   */
  public byte[] ask(int fd) {
    memory.putBytes(0, unanswered);
    arguments[0] = (long) fd;
    ask.invokeVoid(arguments);
    return memory.getBytes(0, unanswered.length);
  }

  /** Whether a socket has an option, by its answers. */
  public boolean has(byte[] answers, int index) {
    return number(answers, at[index]) == 0;
  }

  /**
   * The value of an option that is an int.
   *
   * @throws ErrnoException as getsockopt(2) would
   */
  public int number(byte[] answers, int level, int option) {
    int index = indexOf(level, option);
    requireAnswer(answers, index);
    return number(answers, at[index] + VALUE);
  }

  /**
   * How long the kernel says that the value of an option is.
   *
   * @throws ErrnoException as getsockopt(2) would
   */
  public int length(byte[] answers, int level, int option) {
    int index = indexOf(level, option);
    requireAnswer(answers, index);
    return number(answers, at[index] + LENGTH);
  }

  private void requireAnswer(byte[] answers, int index) {
    if (!has(answers, index)) {
      int errno = number(answers, at[index]);
      throw ErrnoException.of(errno, "getsockopt", levels[index], options[index]);
    }
  }

  /** The value of an option, as long as the kernel says; null if a socket does not have it. */
  public byte[] value(byte[] answers, int index) {
    if (!has(answers, index)) {
      return null;
    }
    int start = at[index] + VALUE;
    int room = (index + 1 < at.length ? at[index + 1] : unanswered.length) - start;
    int length = Math.min(number(answers, at[index] + LENGTH), room);
    return Arrays.copyOfRange(answers, start, start + length);
  }

  /** Whether two answers have the same of an option. */
  public boolean isSame(byte[] one, byte[] other, int index) {
    int end = index + 1 < at.length ? at[index + 1] : unanswered.length;
    return Arrays.equals(one, at[index], end, other, at[index], end);
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff)
        | (bytes[at + 1] & 0xff) << 8
        | (bytes[at + 2] & 0xff) << 16
        | bytes[at + 3] << 24;
  }
}
