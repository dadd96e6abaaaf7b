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

  /** The cause of an error that the runtime has told already. */
  void explain(String cause) {
    print(cause);
    if (log != null) {
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
