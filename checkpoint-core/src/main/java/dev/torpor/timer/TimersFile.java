// SPDX-License-Identifier: Apache-2.0
package dev.torpor.timer;

import dev.torpor.linux.Time;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * /proc/PID/timers, proc_pid_timers(5), since Linux 3.10: four lines for each POSIX timer.
 *
 * <pre>
 *   ID: 2
 *   signal: 35/1122334455667788
 *   notify: signal/tid.4412
 *   ClockID: 7
 * </pre>
 */
final class TimersFile {

  private static final int LINES = 4;

  /**
   * One timer.
   *
   * @param notification SIGEV_ value
   * @param thread whom SIGEV_THREAD_ID notifies, as numbered where proc is mounted; else 0
   */
  record Timer(int id, int signo, long value, int notification, int thread, int clock) {}

  private final String path;

  private TimersFile(String path) {
    this.path = path;
  }

  static List<Timer> read(ProcFs proc, int pid) {
    String path = proc.path(pid, "timers");
    return parse(path, ProcFs.text(path));
  }

  /** Timers in ascending order of their ids; the kernel lists the youngest first. */
  static List<Timer> parse(String path, String text) {
    List<Timer> timers = new ArrayList<>();
    if (!text.isEmpty()) {
      TimersFile file = new TimersFile(path);
      String[] lines = text.split("\n");
      for (int i = 0; i < lines.length; i += LINES) {
        if (i + LINES > lines.length) {
          throw new ProcException(path, lines[i], "the first of four lines of a timer");
        }
        timers.add(file.timer(lines[i], lines[i + 1], lines[i + 2], lines[i + 3]));
      }
    }
    Collections.reverse(timers);
    return timers;
  }

  private Timer timer(String idLine, String signalLine, String notifyLine, String clockLine) {
    String signal = value(signalLine, "signal: ");
    int slash = signal.indexOf('/');
    String notify = value(notifyLine, "notify: ");
    int notifySlash = notify.indexOf('/');
    int dot = notify.indexOf('.');
    if (slash < 0 || notifySlash < 0 || dot < notifySlash) {
      throw new ProcException(
          path, signalLine + "\\n" + notifyLine, "signal: N/HEX, notify: A/B.N");
    }
    boolean oneThread = notify.startsWith("tid", notifySlash + 1);
    try {
      return new Timer(
          Integer.parseInt(value(idLine, "ID: ")),
          Integer.parseInt(signal.substring(0, slash)),
          Long.parseUnsignedLong(signal.substring(slash + 1), 16),
          oneThread ? Time.SIGEV_THREAD_ID : sigev(notify.substring(0, notifySlash), notifyLine),
          oneThread ? Integer.parseInt(notify.substring(dot + 1)) : 0,
          Integer.parseInt(value(clockLine, "ClockID: ")));
    } catch (NumberFormatException e) {
      throw new ProcException(path, idLine + "\\n" + signalLine + "\\n" + notifyLine, "numbers");
    }
  }

  private String value(String line, String key) {
    if (!line.startsWith(key)) {
      throw new ProcException(path, line, key + "...");
    }
    return line.substring(key.length());
  }

  private int sigev(String word, String line) {
    return switch (word) {
      case "signal" -> Time.SIGEV_SIGNAL;
      case "none" -> Time.SIGEV_NONE;
      case "thread" -> Time.SIGEV_THREAD;
      default -> throw new ProcException(path, line, "notify: signal, none or thread");
    };
  }
}
