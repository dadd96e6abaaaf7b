// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.Notifier;
import dev.torpor.error.IoReason;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;

/**
 * Runs the programs of {@code --action-script}.
 *
 * <p>As CRIU 4.2.1 does it: the last one given first, all of them even when one fails, in the work
 * directory, with nothing to read and their output in the log.
 */
public final class ActionScripts implements Notifier {
  /** What CRIU makes of any failure of a script. */
  private static final int FAILED = 255;

  private final List<String> scripts;
  private final Directories directories;
  private final OperationLog log;

  /** Prepares scripts, in the order they were given. */
  public ActionScripts(List<String> scripts, Directories directories, OperationLog log) {
    this.scripts = scripts;
    this.directories = directories;
    this.log = log;
  }

  /**
   * Runs all of them.
   *
   * @return 0, or 255 when one did not exit with 0
   */
  @Override
  public int notify(Action action, int rootPid) {
    log.debug("Running " + action.scriptName() + " scripts");
    int status = 0;
    for (int i = scripts.size() - 1; i >= 0; i--) {
      if (!succeeds(scripts.get(i), action, rootPid)) {
        status = FAILED;
      }
    }
    return status;
  }

  private boolean succeeds(String script, Action action, int rootPid) {
    ProcessBuilder builder = new ProcessBuilder(script);
    builder.directory(new File(directories.workForOthers()));
    builder.redirectInput(Redirect.from(new File("/dev/null")));
    Redirect output =
        log.isStandardError() ? Redirect.INHERIT : Redirect.appendTo(log.file().toFile());
    builder.redirectOutput(output).redirectError(output);
    Map<String, String> environment = builder.environment();
    environment.put("CRTOOLS_SCRIPT_ACTION", action.scriptName());
    environment.put("CRTOOLS_IMAGE_DIR", directories.imagesForOthers());
    if (rootPid > 0) {
      environment.put("CRTOOLS_INIT_PID", Integer.toString(rootPid));
    }
    try {
      int status = builder.start().waitFor();
      if (status != 0) {
        log.error("script " + script + " for " + action.scriptName() + " exited with " + status);
      }
      return status == 0;
    } catch (IOException e) {
      log.error("script " + script + " cannot be run: " + IoReason.of(e));
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      log.error("script " + script + " was interrupted");
      return false;
    }
  }
}
