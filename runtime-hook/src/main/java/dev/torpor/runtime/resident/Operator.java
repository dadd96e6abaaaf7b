// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.resident;

import java.util.List;

/** Does what a command line says, in this process, whose descriptors and directory are right. */
@FunctionalInterface
public interface Operator {
  /**
   * Does it.
   *
   * @param name the program's, as the caller called it
   * @param arguments as they were given
   * @param environmentFd reads what the caller's environment is; to be closed
   * @param controlFd the launcher's socket
   * @param launcherPid the launcher
   * @return exit status
   */
  int run(String name, List<String> arguments, int environmentFd, int controlFd, int launcherPid);
}
