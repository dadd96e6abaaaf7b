// SPDX-License-Identifier: Apache-2.0
package dev.torpor.examples;

import dev.torpor.core.Checkpointer;
import dev.torpor.core.DumpResult;
import dev.torpor.core.RestoreResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a running program to files, ends it, and brings it back: {@code DIRECTORY}. */
public final class CheckpointAndRestore {
  private CheckpointAndRestore() {}

  /** Counts to a file in an empty directory, images beside it; the program goes on afterwards. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Path images = Files.createDirectory(directory.resolve("images"));
    String count = "i=0; while sleep 0.1; do i=$((i+1)); echo $i; done";
    // A session of its own, and below a shell: a child of the JVM cannot be dumped by it.
    String start = "setsid sh -c '" + count + "' </dev/null >count 2>&1 & echo $!";
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", start).directory(directory.toFile());
    int pid = Integer.parseInt(shell.start().inputReader().readLine());

    Checkpointer torpor = Checkpointer.builder().build();
    DumpResult dumped = torpor.dump(pid, images);
    // Its pid is free when whoever adopts orphans has waited for it.
    ProcessHandle.of(pid).ifPresent(ended -> ended.onExit().join());
    RestoreResult restored = torpor.restore(images);
    System.out.println(dumped.pagesWritten() + " pages, task " + restored.rootPid() + " goes on");
  }
}
