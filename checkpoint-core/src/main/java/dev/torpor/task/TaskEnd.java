// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Signal;
import java.util.function.UnaryOperator;

/** How a task ends that has ended before: by exit, or by the signal. */
public final class TaskEnd {
  /** The kernel's struct sigaction; of zeros it is SIG_DFL. */
  private static final int SIGACTION_BYTES = 32;

  /** In a status: the end by a signal has left a core file. */
  private static final int CORE_DUMPED = 0x80;

  private TaskEnd() {}

  /** Whether a status says that a core was dumped, which no restore makes so without another. */
  public static boolean dumpedCore(int status) {
    return (status & 0x7f) != 0 && (status & CORE_DUMPED) != 0;
  }

  /**
   * Appends the end of a task of whatever number.
   *
   * @param who for messages
   * @param status as wait(2) gives it
   */
  public static void plan(Program program, String who, int status) {
    Op own = program.call("the number of " + who, Nr.SYS_getpid);
    plan(program, who, status, call -> call.arg(own));
  }

  /** Appends the end of a zombie. */
  public static void plan(Program program, int pid, int status) {
    plan(program, "zombie " + pid, status, call -> call.arg(pid));
  }

  private static void plan(Program program, String who, int status, UnaryOperator<Op> pid) {
    int signal = status & 0x7f;
    if (signal == 0) {
      program.exit(status >> 8 & 0xff);
      return;
    }
    if (signal != Signal.SIGKILL) {
      // The launcher's handlers are inherited, but not its code.
      program
          .call("default action of signals of " + who, Nr.SYS_rt_sigaction)
          .arg(signal)
          .arg(program.reserve(SIGACTION_BYTES))
          .arg(0)
          .arg(Signal.SIGSET_BYTES);
      // It has the memory of its parent, of which no core is to appear; 0 is SUID_DUMP_DISABLE.
      program.call("no core of " + who, Nr.SYS_prctl).arg(Prctl.PR_SET_DUMPABLE).arg(0);
    }
    Data none = program.reserve(Signal.SIGSET_BYTES);
    program
        .call("unblocking signals of " + who, Nr.SYS_rt_sigprocmask)
        .arg(Signal.SIG_SETMASK)
        .arg(none)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
    pid.apply(program.call("ending " + who, Nr.SYS_kill)).arg(signal);
  }
}
