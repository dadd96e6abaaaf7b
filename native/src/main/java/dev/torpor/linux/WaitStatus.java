// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * One report of wait4(2), decoded as the macros of wait(2) do.
 *
 * @param pid the task it is about, 0 for "nothing to report"
 * @param status the kernel's status word
 */
public record WaitStatus(int pid, int status) {
  private static final int SYSCALL_STOP_BIT = 0x80;

  /** WIFEXITED: it called exit. */
  public boolean isExited() {
    return pid != 0 && (status & 0x7f) == 0;
  }

  /** WEXITSTATUS: what it gave to exit, 0 to 255. */
  public int exitStatus() {
    return (status >> 8) & 0xff;
  }

  /** WIFSIGNALED: a signal killed it. */
  public boolean isSignaled() {
    int signal = status & 0x7f;
    return signal != 0 && signal != 0x7f;
  }

  /** WTERMSIG: which signal killed it. */
  public int terminationSignal() {
    return status & 0x7f;
  }

  /** WCOREDUMP: it left a core file. */
  public boolean isCoreDumped() {
    return (status & 0x80) != 0;
  }

  /** WIFSTOPPED: it is stopped and can be examined. */
  public boolean isStopped() {
    return (status & 0xff) == 0x7f;
  }

  /** WSTOPSIG without the bit that PTRACE_O_TRACESYSGOOD adds: which signal stopped it. */
  public int stopSignal() {
    return (status >> 8) & 0x7f;
  }

  /** Whether it stands at a system call (needs PTRACE_O_TRACESYSGOOD). */
  public boolean isSyscallStop() {
    return isStopped() && ((status >> 8) & 0xff) == (Signal.SIGTRAP | SYSCALL_STOP_BIT);
  }

  /** PTRACE_EVENT_*, 0 for a stop that is none. */
  public int ptraceEvent() {
    return isStopped() ? (status >> 16) & 0xff : 0;
  }

  /** Whether SIGSTOP, SIGTSTP, SIGTTIN or SIGTTOU stopped the whole process, seen by a seizer. */
  public boolean isGroupStop() {
    return ptraceEvent() == Ptrace.PTRACE_EVENT_STOP && stopSignal() != Signal.SIGTRAP;
  }

  /** WIFCONTINUED: SIGCONT resumed it. */
  public boolean isContinued() {
    return status == 0xffff;
  }

  @Override
  public String toString() {
    if (pid == 0) {
      return "nothing to report";
    }
    String text = "pid " + pid;
    if (isExited()) {
      return text + " exited with status " + exitStatus();
    }
    if (isContinued()) {
      return text + " continued";
    }
    if (isSignaled()) {
      return text + " killed by " + Signal.name(terminationSignal());
    }
    text += " stopped by " + Signal.name(stopSignal());
    if (isSyscallStop()) {
      return text + " at a system call";
    }
    return ptraceEvent() == 0 ? text : text + ", ptrace event " + ptraceEvent();
  }
}
