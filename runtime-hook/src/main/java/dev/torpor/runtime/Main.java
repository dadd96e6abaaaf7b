// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.OptionSources;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where the launcher starts the JVM: arguments as the caller gave them, system property {@code
 * torpor.name} with the name it used.
 */
public final class Main {
  private Main() {}

  /** Runs a command line and ends the JVM with its status. */
  public static void main(String[] arguments) {
    CommandLine commandLine =
        new CommandLine(
            System.getProperty("torpor.name", "torpor"),
            new CoreEngine(),
            new OptionSources(Path.of("/etc"), System.getenv()),
            new KernelCheck(),
            System.out,
            System.err);
    System.exit(commandLine.run(Arrays.asList(arguments)));
  }
}
