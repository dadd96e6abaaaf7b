// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;
import dev.torpor.proc.ProcException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * When threads that the calling thread traces are to be woken, where only the kernel's memory tells
 * it. It tells nothing if this kernel does not permit to look, has other structures than those that
 * are known, or if this process has other clocks than the kernel.
 */
public final class TraceeMemory implements AutoCloseable {
  private static final String TASK = "task_struct";

  /** PROC_TIME_INIT_INO of include/uapi/linux/nsfs.h. */
  private static final String INITIAL_TIME_NAMESPACE = "time:[4026531834]";

  /** The union in struct restart_block, behind a word of the processor's and the function. */
  private static final int RESTART_UNION = 16;

  private static final int RESTART_WORDS = 4;

  /** A process with more timers has a list that is none. */
  private static final int MOST_TIMERS = 1 << 20;

  private boolean isAsked;
  private KernelTypes types;
  private KernelMemory memory;
  private AioContext aio;

  /** Where the structures of threads are, by their ids as this process sees them. */
  private final Map<Integer, Long> tasks = new HashMap<>();

  /** Whether somebody has asked for {@link #prepare()}. */
  public synchronized boolean isPrepared() {
    return isAsked;
  }

  /** Reads what can be read before there is a tracee to be asked of. */
  public synchronized void prepare() {
    if (isAsked) {
      return;
    }
    isAsked = true;
    try {
      if (Unistd.readlinkat(Fcntl.AT_FDCWD, "/proc/self/ns/time").equals(INITIAL_TIME_NAMESPACE)) {
        types = KernelTypes.ofThisKernel();
        types.offset(TASK, "restart_block");
        memory = new KernelMemory(types);
      }
    } catch (ErrnoException | ProcException | UnsupportedException e) {
      memory = null;
    }
  }

  /**
   * What the kernel keeps of a call that was interrupted and goes on: the first words of the union
   * in struct restart_block, include/linux/restart_block.h.
   *
   * @return null if it is not told
   */
  long[] restartBlock(int tid) {
    long[] words = new long[RESTART_WORDS];
    return read(
        tid,
        task -> {
          long block = task + types.offset(TASK, "restart_block") + RESTART_UNION;
          Arrays.setAll(words, i -> memory.readLong(block + (long) i * Long.BYTES));
          return words;
        });
  }

  /**
   * When a POSIX timer is next due that was set to a time of day, in nanoseconds of CLOCK_REALTIME:
   * the kernel counts all other times by another clock.
   *
   * @param id of an armed timer of CLOCK_REALTIME
   * @return null if it is not told, 0 if it was set to a time from then on
   */
  Long timeOfDay(int pid, int id) {
    return read(
        pid,
        task -> {
          long timer = hrtimer(memory.pointer(task, TASK, "signal"), id);
          long base = memory.pointer(timer, "hrtimer", "base");
          boolean byDay = memory.number(base, "hrtimer_clock_base", "clockid") == 0;
          return byDay ? memory.pointer(timer, "hrtimer", "_softexpires") : 0;
        });
  }

  /**
   * The parent death signal of a main thread that has ended: its process still gets it, prctl(2).
   *
   * @param tid of a thread of its process
   * @return null if it is not told, 0 for none
   */
  public Integer deathSignalOfLeader(int tid) {
    return read(
        tid,
        task -> {
          long leader = memory.pointer(task, TASK, "group_leader");
          return (int) memory.readInt(leader + types.offset(TASK, "pdeath_signal"));
        });
  }

  private long hrtimer(long signal, int id) {
    long list = memory.pointer(signal, "signal_struct", "posix_timers");
    for (int i = 0; list != 0 && i < MOST_TIMERS; i++, list = memory.readLong(list)) {
      long timer = list - types.offset("k_itimer", "list");
      if ((int) memory.number(timer, "k_itimer", "it_id") == id) {
        return timer + types.offset("k_itimer", "it");
      }
    }
    throw new UnsupportedException("this kernel", "its struct k_itimer is another");
  }

  /**
   * What a task's later mappings will have, of VM_LOCKED and VM_LOCKONFAULT of include/linux/mm.h.
   *
   * @return null if it is not told
   */
  public Long flagsOfLaterMappings(int pid) {
    return read(
        pid, task -> memory.pointer(memory.pointer(task, TASK, "mm"), "mm_struct", "def_flags"));
  }

  /** Whether {@link #aioUnderWay} tells something; before there is a tracee to be asked of. */
  public synchronized boolean tellsOfAio() {
    prepare();
    if (memory != null && aio == null) {
      try {
        aio = new AioContext(types, memory);
      } catch (ErrnoException | ProcException | UnsupportedException e) {
        return false;
      }
    }
    return aio != null;
  }

  /**
   * How many operations are under way in a ring of io_setup(2).
   *
   * @param ring its address
   * @return null if it is not told, or the ring is not the task's own
   */
  public Integer aioUnderWay(int pid, long ring) {
    return read(pid, task -> aio.underWay(memory.pointer(task, TASK, "mm"), ring));
  }

  private interface Look<T> {
    T at(long task);
  }

  private <T> T read(int tid, Look<T> look) {
    prepare();
    if (memory == null) {
      return null;
    }
    try {
      if (tasks.isEmpty()) {
        findTracees();
      }
      Long task = tasks.get(tid);
      return task == null ? null : look.at(task);
    } catch (ProcException | UnsupportedException e) {
      return null;
    }
  }

  /** The list of those whom this thread traces. */
  private void findTracees() {
    long self = memory.currentTask();
    long head = self + types.offset(TASK, "ptraced");
    int entry = types.offset(TASK, "ptrace_entry");
    long level = memory.number(memory.pointer(self, TASK, "thread_pid"), "pid", "level");
    if (number(self, level) != Unistd.gettid()) {
      throw new UnsupportedException("this kernel", "its struct pid is another");
    }
    for (long link = memory.readLong(head); link != head; link = memory.readLong(link)) {
      tasks.put(number(link - entry, level), link - entry);
    }
  }

  /** In the pid namespace of that level: an array of struct upid, a number and the namespace. */
  private int number(long task, long level) {
    long numbers = memory.pointer(task, TASK, "thread_pid") + types.offset("pid", "numbers");
    return (int) memory.readInt(numbers + level * 2 * Long.BYTES);
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
    }
  }
}
