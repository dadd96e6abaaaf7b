// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

/** Names of signals as signal(7) gives them. */
public final class SignalName {
  private static final String[] STANDARD = {
    null, "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
  };

  private SignalName() {}

  /** {@code SIGUSR1}; {@code signal 37} for a real-time signal or a number that is none. */
  public static String of(int signo) {
    return signo > 0 && signo < STANDARD.length ? "SIG" + STANDARD[signo] : "signal " + signo;
  }
}
