// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A container that stands still from before its files are read until it is dumped. A shell has its
 * runtime do that, one command after the other: whatever becomes of us, the container goes on when
 * the shell reads no more.
 */
final class PausedContainer implements AutoCloseable {
  private static final String SHELL =
      """
      trap '' PIPE HUP
      runtime=$1 root=$2 id=$3
      shift 3
      "$runtime" --root "$root" pause "$id" >&2 || exit 1
      echo paused
      while read -r word; do
        case $word in
          checkpoint) "$runtime" --root "$root" "$@" >&2; echo "$?" ;;
          ended) exit 0 ;;
          *) break ;;
        esac
      done
      exec "$runtime" --root "$root" resume "$id" >&2
      """;

  private final RuntimeContainer container;
  private final Process shell;
  private final OutputStream to;
  private final BufferedReader from;

  private PausedContainer(RuntimeContainer container, Process shell) {
    this.container = container;
    this.shell = shell;
    this.to = shell.getOutputStream();
    this.from =
        new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Pauses one.
   *
   * @param runtime its program
   * @param checkpoint words of the command that is to dump it later
   * @throws IOException if the runtime does not pause it
   */
  static PausedContainer of(RuntimeContainer container, Path runtime, List<String> checkpoint)
      throws IOException {
    // In a session of its own: an interrupt from the terminal is for us.
    List<String> command = new ArrayList<>(List.of("setsid", "-w", "/bin/sh", "-c", SHELL, "sh"));
    command.add(runtime.toString());
    command.add(container.root().toString());
    command.add(container.id());
    command.addAll(checkpoint);
    PausedContainer paused =
        new PausedContainer(
            container,
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    if (paused.from.readLine() == null) {
      throw new IOException("container " + container.id() + " cannot be paused: see above");
    }
    return paused;
  }

  /** Dumps it. */
  void checkpoint() throws IOException {
    say("checkpoint");
    if (!"0".equals(from.readLine())) {
      throw new IOException(container.kind() + " checkpoint failed: its message stands above");
    }
  }

  private void say(String word) throws IOException {
    to.write((word + '\n').getBytes(StandardCharsets.US_ASCII));
    to.flush();
  }

  /** Lets it go on, if it is still there. */
  @Override
  public void close() throws IOException {
    say(container.runs() ? "resume" : "ended");
    try {
      if (shell.waitFor() != 0) {
        throw new IOException(
            "container " + container.id() + " is still paused: let its engine resume it");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
