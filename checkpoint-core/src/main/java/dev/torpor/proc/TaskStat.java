// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/**
 * /proc/PID/stat, proc_pid_stat(5). Fields go by their number there, from 1, and are read when they
 * are asked for: of most threads few are.
 */
public final class TaskStat {
  private static final int FIRST_AFTER_COMM = 3;

  /** Of linux/sched.h, which no header for programs has. */
  private static final int PF_EXITING = 4;

  private static final int PF_IO_WORKER = 0x10;
  private static final int PF_FORKNOEXEC = 0x40;

  /** Since Linux 6.4; workers of vhost have it too. */
  private static final int PF_USER_WORKER = 0x4000;

  private final String path;
  private final String line;
  private final int open;
  private final int close;

  private TaskStat(String path, String line, int open, int close) {
    this.path = path;
    this.line = line;
    this.open = open;
    this.close = close;
  }

  /** Name, without the parentheses. */
  public String comm() {
    return line.substring(open + 1, close);
  }

  /** One letter: R S D Z T t X I. */
  public char state() {
    return line.charAt(close + 2);
  }

  /** Whether it is in exit(2), or has ended: its memory and descriptors are gone, or go now. */
  public boolean isEnding() {
    return (flags() & PF_EXITING) != 0 || state() == 'Z' || state() == 'X';
  }

  /**
   * Whether it is a thread that the kernel has made for its task, to do in its name what an
   * io_uring was asked for (since Linux 5.12). It never runs code of the task.
   */
  public boolean isWorker() {
    return (flags() & (PF_IO_WORKER | PF_USER_WORKER)) != 0;
  }

  /** Whether it still runs in the copy of its parent's memory that fork(2) made. */
  public boolean isForked() {
    return (flags() & PF_FORKNOEXEC) != 0;
  }

  /** Finds the name, which may hold blanks and parentheses. */
  static TaskStat parse(String path, String line) {
    int open = line.indexOf('(');
    int close = line.lastIndexOf(')');
    if (open < 0 || close < open || close + 2 >= line.length()) {
      throw new ProcException(path, line, "pid (comm) state ...");
    }
    return new TaskStat(path, line, open, close);
  }

  /** Those above the range of a long come as negative numbers. */
  private long field(int number) {
    int start = close + 2;
    for (int before = FIRST_AFTER_COMM; before < number; before++) {
      start = line.indexOf(' ', start) + 1;
      if (start == 0) {
        throw new IllegalStateException("this kernel's stat has no field " + number);
      }
    }
    int end = start;
    while (end < line.length() && line.charAt(end) > ' ') {
      end++;
    }
    try {
      return line.charAt(start) == '-'
          ? -Digits.parse(line, start + 1, end, 10)
          : Digits.parse(line, start, end, 10);
    } catch (NumberFormatException e) {
      throw new ProcException(path, line, "a number in field " + number);
    }
  }

  /** Parent's pid. */
  public int ppid() {
    return (int) field(4);
  }

  /** Process group. */
  public int pgid() {
    return (int) field(5);
  }

  /** Session. */
  public int sid() {
    return (int) field(6);
  }

  /** Device number of the controlling terminal, 0 if there is none. */
  public int ttyNr() {
    return (int) field(7);
  }

  /** Foreground process group of the controlling terminal, -1 if there is none. */
  public int tpgid() {
    return (int) field(8);
  }

  /** PF_ flags of linux/sched.h. */
  public long flags() {
    return field(9);
  }

  /** Nice value. */
  public int nice() {
    return (int) field(19);
  }

  /** Clock ticks after boot. */
  public long startTimeTicks() {
    return field(22);
  }

  /** mm->start_code. */
  public long startCode() {
    return field(26);
  }

  /** mm->end_code. */
  public long endCode() {
    return field(27);
  }

  /** mm->start_stack. */
  public long startStack() {
    return field(28);
  }

  /** The signal that its parent gets when it ends. */
  public int exitSignal() {
    return (int) field(38);
  }

  /** mm->start_data, since Linux 3.3. */
  public long startData() {
    return field(45);
  }

  /** mm->end_data, since Linux 3.3. */
  public long endData() {
    return field(46);
  }

  /** mm->start_brk, since Linux 3.3. */
  public long startBrk() {
    return field(47);
  }

  /** mm->arg_start, since Linux 3.5. */
  public long argStart() {
    return field(48);
  }

  /** mm->arg_end, since Linux 3.5. */
  public long argEnd() {
    return field(49);
  }

  /** mm->env_start, since Linux 3.5. */
  public long envStart() {
    return field(50);
  }

  /** mm->env_end, since Linux 3.5. */
  public long envEnd() {
    return field(51);
  }

  /** Exit status in the form of waitpid, since Linux 3.5. */
  public int exitCode() {
    return (int) field(52);
  }
}
