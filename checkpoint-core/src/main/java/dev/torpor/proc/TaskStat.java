// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/** /proc/PID/stat, proc_pid_stat(5). Fields are kept by their number there, from 1. */
public final class TaskStat {
  private static final int FIRST_AFTER_COMM = 3;

  private final String comm;
  private final char state;
  private final long[] fields;

  private TaskStat(String comm, char state, long[] fields) {
    this.comm = comm;
    this.state = state;
    this.fields = fields;
  }

  /** Name, without the parentheses. */
  public String comm() {
    return comm;
  }

  /** One letter: R S D Z T t X I. */
  public char state() {
    return state;
  }

  /** Splits the line; comm may hold blanks and parentheses. */
  static TaskStat parse(String path, String line) {
    int open = line.indexOf('(');
    int close = line.lastIndexOf(')');
    if (open < 0 || close < open || close + 2 >= line.length()) {
      throw new ProcException(path, line, "pid (comm) state ...");
    }
    String comm = line.substring(open + 1, close);
    char state = line.charAt(close + 2);
    String[] rest = line.substring(close + 2).trim().split(" ");
    long[] fields = new long[FIRST_AFTER_COMM + rest.length];
    for (int i = 1; i < rest.length; i++) {
      fields[FIRST_AFTER_COMM + i] = Long.parseUnsignedLong(unsigned(rest[i]));
    }
    return new TaskStat(comm, state, fields);
  }

  private static String unsigned(String number) {
    return number.startsWith("-") ? Long.toUnsignedString(Long.parseLong(number)) : number;
  }

  private long field(int number) {
    if (number >= fields.length) {
      throw new IllegalStateException("this kernel's stat has no field " + number);
    }
    return fields[number];
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
