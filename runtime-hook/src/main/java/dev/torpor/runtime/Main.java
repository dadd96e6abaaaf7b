// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.runtime.engine.Failure;
import dev.torpor.runtime.front.FrontCommand;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.OptionSources;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the launcher starts the JVM: arguments as the caller gave them, system property {@code
 * torpor.name} with the name it used.
 */
public final class Main implements Thread.UncaughtExceptionHandler {
  private final String name = System.getProperty("torpor.name", "torpor");

  private Main() {}

  /** Runs a command line and ends the JVM with its status. */
  public static void main(String[] arguments) {
    Main main = new Main();
    Thread.setDefaultUncaughtExceptionHandler(main);
    System.exit(main.run(arguments));
  }

  private int run(String[] arguments) {
    Caller.takeUp();
    Map<String, String> environment = Caller.environment();
    OptionSources sources = new OptionSources(Path.of("/etc"), environment);
    if (name.equals("torpor-runtime")) {
      return new FrontCommand(environment, new CoreEngine(), sources, System.out, System.err)
          .run(Caller.arguments(arguments));
    }
    CommandLine commandLine =
        new CommandLine(name, new CoreEngine(), sources, new KernelCheck(), System.out, System.err);
    return commandLine.run(Caller.arguments(arguments));
  }

  /** No thread goes on for what it can no longer do: who waits for it would wait for ever. */
  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    try {
      System.err.println(name + ": " + Failure.line(failure));
    } finally {
      Runtime.getRuntime().halt(1);
    }
  }
}
