// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.oci.OciException;
import dev.torpor.oci.RuntimeLog;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Where engines look for why a command failed: the file of {@code --log}, and standard error, which
 * has whole log lines if there is no such file.
 */
final class RuntimeMessages {
  private final RuntimeLog log;
  private final PrintStream err;

  RuntimeMessages(RuntimeArguments arguments, PrintStream err) {
    String file = arguments == null ? null : arguments.text(Flag.LOG);
    this.err = err;
    this.log =
        file == null
            ? null
            : new RuntimeLog(Path.of(file), "json".equals(arguments.text(Flag.LOG_FORMAT)));
  }

  /** An error of ours. */
  void error(String message) {
    print(message);
    if (log != null) {
      try {
        log.error(message);
      } catch (OciException e) {
        err.println(e.getMessage());
      }
    }
  }

  /**
   * Passes on what a runtime said when it failed, with the cause in its first line: containerd
   * shows no other.
   *
   * @param said empty if it spoke for itself
   * @param cause null if it is not known
   */
  void explain(String said, String cause) {
    if (cause == null || log == null || said.isEmpty()) {
      err.print(said);
      if (cause != null) {
        print(cause);
      }
    } else {
      int end = said.endsWith("\n") ? said.indexOf('\n') : said.length();
      err.print(said.substring(0, end) + ": " + cause + said.substring(end));
    }
    if (cause != null && log != null) {
      try {
        log.explain(cause);
      } catch (OciException e) {
        err.println(e.getMessage());
      }
    }
  }

  private void print(String message) {
    err.println(log == null ? RuntimeLog.text(message) : message);
  }
}
