// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.Notifier;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.WaitStatus;
import java.util.ArrayList;
import java.util.List;

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
  private final Engine engine;
  private final Directories directories;
  private final OperationLog log;

  /** Prepares scripts, in the order they were given. */
  public ActionScripts(
      List<String> scripts, Engine engine, Directories directories, OperationLog log) {
    this.scripts = scripts;
    this.engine = engine;
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
    if (action == Action.QUERY_EXT_FILES) {
      // A question that only RPC clients can answer; no script hears of it in CRIU.
      return 0;
    }
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
    List<String> variables = new ArrayList<>();
    variables.add("CRTOOLS_SCRIPT_ACTION=" + action.scriptName());
    variables.add("CRTOOLS_IMAGE_DIR=" + directories.imagesForOthers());
    if (rootPid > 0) {
      variables.add("CRTOOLS_INIT_PID=" + rootPid);
    }
    try {
      int status = engine.runScript(script, variables, directories.workFd(), log.fd());
      if (status != 0) {
        log.error("script " + script + " for " + action.scriptName() + ended(status));
      }
      return status == 0;
    } catch (ErrnoException e) {
      log.error("script " + script + " cannot be run: " + Errno.describe(e.errno()));
      return false;
    }
  }

  private static String ended(int status) {
    WaitStatus ended = new WaitStatus(1, status);
    return ended.isSignaled()
        ? " was killed by signal " + ended.terminationSignal()
        : " exited with " + ended.exitStatus();
  }
}
