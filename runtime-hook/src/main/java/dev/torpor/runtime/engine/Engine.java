// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.DumpResult;
import dev.torpor.core.RestoreResult;
import dev.torpor.linux.ErrnoException;
import java.util.List;

/** What the front ends drive; the seam at which tests stand in for the kernel's part. */
public interface Engine {
  /** Writes images of a tree; the tree runs on when this throws. */
  DumpResult dump(Job job);

  /**
   * Runs a program of the user's with the caller's environment, and waits for its end.
   *
   * @param program path, or a name to look for in PATH
   * @param variables what its environment has besides, as {@code NAME=VALUE}
   * @param directoryFd where it runs
   * @param outputFd takes what it writes
   * @return its status as of wait(2)
   * @throws ErrnoException if it cannot be run
   */
  int runScript(String program, List<String> variables, int directoryFd, int outputFd);

  /**
   * Lends a descriptor to a restore, as if the caller had given it.
   *
   * @param fd of this process
   * @return the number that it is inherited by, open here too
   */
  int lend(int fd);

  /**
   * Has the process that the caller knows become a program of the user's when this one has ended
   * with status 0.
   *
   * @param command the program, looked for in PATH, and its arguments
   * @param directoryFd where it runs
   * @param outputFd takes what it writes; -1 for the caller's own
   */
  void become(List<String> command, int directoryFd, int outputFd);

  /**
   * Has the process that the caller knows serve clients when this one has ended with status 0.
   *
   * @param listeningFd the socket that they connect to
   * @param pidfileFd takes its number; -1 for none
   * @param background whether the caller is not to wait for it
   * @param readyFd the caller's, which takes a NUL when it waits for clients; -1 for none
   */
  void serve(int listeningFd, int pidfileFd, boolean background, int readyFd);

  /** What bringing a tree back would be, as text; nothing is made. */
  String plan(Job job);

  /** Brings a tree back; nothing of it is left when this throws. */
  RestoreResult restore(Job job);
}
