// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;
import dev.torpor.proc.ProcException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the kernel keeps of calls that were interrupted and go on, of the threads that the calling
 * thread traces: struct restart_block in task_struct, include/linux/restart_block.h.
 */
final class RestartBlocks implements AutoCloseable {
  /** The union in it, which follows a word of the processor's and the function. */
  private static final int UNION = 16;

  private static final int UNION_WORDS = 4;

  private final KernelTypes types;
  private final KernelMemory memory;

  /** Where the structures of threads are, by their ids as this process sees them. */
  private final Map<Integer, Long> tasks = new HashMap<>();

  private RestartBlocks(KernelTypes types, KernelMemory memory) {
    this.types = types;
    this.memory = memory;
  }

  /**
   * Reads what can be read before there is a thread to be asked of; null if this kernel does not.
   */
  static RestartBlocks ofThisKernel() {
    try {
      KernelTypes types = KernelTypes.ofThisKernel();
      types.offset("task_struct", "restart_block");
      return new RestartBlocks(types, new KernelMemory());
    } catch (ErrnoException | ProcException | UnsupportedException e) {
      return null;
    }
  }

  /**
   * The words of what was interrupted.
   *
   * @return null if they are not where they are in kernels that are known
   */
  long[] words(int tid) {
    try {
      if (tasks.isEmpty()) {
        findTracees();
      }
      Long task = tasks.get(tid);
      return task == null ? null : words(task + types.offset("task_struct", "restart_block"));
    } catch (ProcException | UnsupportedException e) {
      return null;
    }
  }

  private long[] words(long block) {
    long[] words = new long[UNION_WORDS];
    Arrays.setAll(words, i -> memory.readLong(block + UNION + (long) i * Long.BYTES));
    return words;
  }

  /** The list of those whom this thread traces. */
  private void findTracees() {
    long self = memory.currentTask();
    long head = self + types.offset("task_struct", "ptraced");
    int entry = types.offset("task_struct", "ptrace_entry");
    long level = memory.readInt(pid(self) + types.offset("pid", "level"));
    if (number(self, level) != Unistd.gettid()) {
      throw new UnsupportedException("this kernel", "its struct pid is another");
    }
    for (long link = memory.readLong(head); link != head; link = memory.readLong(link)) {
      tasks.put(number(link - entry, level), link - entry);
    }
  }

  private long pid(long task) {
    return memory.readLong(task + types.offset("task_struct", "thread_pid"));
  }

  /** In the pid namespace of that level: an array of struct upid, a number and the namespace. */
  private int number(long task, long level) {
    long numbers = pid(task) + types.offset("pid", "numbers");
    return (int) memory.readInt(numbers + level * 2 * Long.BYTES);
  }

  @Override
  public void close() {
    memory.close();
  }
}
