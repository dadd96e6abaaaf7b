// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Wait;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/**
 * A shell that waits for input, in a ptrace stop; for one thread only. It is a grandchild: Java
 * waits for its own children, and would take their stops for itself.
 */
final class StoppedShell implements AutoCloseable {
  private static final List<String> COMMAND =
      List.of("/bin/sh", "-c", "/bin/sh -c 'echo $$; read line'; exit 0");

  private final Process parent;
  private final int pid;
  private boolean running;

  StoppedShell() throws IOException {
    parent = new ProcessBuilder(COMMAND).redirectError(Redirect.DISCARD).start();
    String line = parent.inputReader(US_ASCII).readLine();
    if (line == null) {
      throw new IOException("/bin/sh ended at once, but the probe needs it");
    }
    pid = Integer.parseInt(line);
    try {
      Ptrace.seize(pid, 0);
    } catch (ErrnoException e) {
      parent.getOutputStream().close();
      throw e;
    }
    Ptrace.interrupt(pid);
    Wait.wait4(pid, Wait.__WALL);
  }

  int pid() {
    return pid;
  }

  /** Lets it go on, to its end for want of input; true if it stops before. */
  boolean stopsBeforeItsEnd() throws IOException {
    Ptrace.cont(pid, 0);
    parent.getOutputStream().close();
    running = !Wait.wait4(pid, Wait.__WALL).isStopped();
    return !running;
  }

  /** Ends it. */
  @Override
  public void close() throws IOException {
    if (!running) {
      Ptrace.detach(pid, 0);
    }
    parent.getOutputStream().close();
    parent.getInputStream().close();
    try {
      parent.waitFor();
    } catch (InterruptedException e) {
      throw new IOException("interrupted while a shell ends", e);
    }
  }
}
