// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.LauncherFile;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Unistd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * A launcher that this JVM starts for one operation, whoever started the JVM. If the JVM is killed
 * meanwhile the launcher sees its end, and nothing stays of a restore: serve.c.
 */
final class ServingLauncher extends Launcher implements AutoCloseable {
  private final Process process;
  private final int controlFd;
  private boolean isParent;

  private ServingLauncher(Process process, int controlFd) {
    super(controlFd, (int) process.pid());
    this.process = process;
    this.controlFd = controlFd;
  }

  /**
   * Starts a launcher, and runs an operation on a thread that has started no process: wait4(2) of
   * an operation asks for whatever belongs to its thread, and would take the ends of the caller's
   * children from the JVM.
   *
   * @throws UnsupportedException if the launcher cannot be started here
   */
  static <R> R serve(Function<Launcher, R> operation) {
    try (ServingLauncher launcher = start()) {
      return CompletableFuture.supplyAsync(
              () -> operation.apply(launcher), work -> new Thread(work, "torpor").start())
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private static ServingLauncher start() {
    try {
      int file = LauncherFile.open();
      try {
        String path = "/proc/" + Unistd.getpid() + "/fd/" + file;
        Process process =
            new ProcessBuilder(path, "--serve")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return connect(process);
      } finally {
        Unistd.close(file);
      }
    } catch (IOException | ErrnoException e) {
      throw new UnsupportedException(
          "the launcher",
          "cannot be started from memory ("
              + e.getMessage()
              + "); it needs /proc, sysctl vm.memfd_noexec below 2, and the right to trace a child"
              + " (ptrace(2))");
    }
  }

  /** It waits until our end of its socket was taken out of it, and ends if nobody does. */
  private static ServingLauncher connect(Process process) throws IOException {
    try (BufferedReader said =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        OutputStream answer = process.getOutputStream()) {
      int controlFd = take((int) process.pid(), number(said.readLine()));
      ServingLauncher launcher = new ServingLauncher(process, controlFd);
      try {
        answer.write(1);
        answer.flush();
        return launcher;
      } catch (IOException e) {
        launcher.close();
        throw e;
      }
    }
  }

  private static int take(int pid, int fd) {
    int pidfd = Pidfd.pidfdOpen(pid, 0);
    try {
      return Pidfd.pidfdGetfd(pidfd, fd);
    } finally {
      Unistd.close(pidfd);
    }
  }

  private static int number(String said) throws IOException {
    try {
      return Integer.parseInt(said);
    } catch (NumberFormatException e) {
      throw new IOException(said == null ? "it has ended" : said, e);
    }
  }

  @Override
  void keepStub(boolean waitForItsEnd) {
    super.keepStub(waitForItsEnd);
    isParent = waitForItsEnd;
  }

  /** This JVM goes on, or ends with a status that is about something else. */
  @Override
  void succeeded(Guardian guardian) {
    guardian.done();
  }

  /** Waits until it has ended, and the guardian before it, unless it stays as a task's parent. */
  @Override
  public void close() {
    Unistd.close(controlFd);
    if (!isParent) {
      process.onExit().join();
    }
  }
}
