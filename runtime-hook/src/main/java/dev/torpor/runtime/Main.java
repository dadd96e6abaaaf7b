// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.Launcher;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.Failure;
import dev.torpor.runtime.front.FrontCommand;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.resident.ResidentEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where the launcher starts the JVM: arguments as the caller gave them, system property {@code
 * torpor.name} with the name it used.
 */
public final class Main implements Thread.UncaughtExceptionHandler {
  private final String name = System.getProperty("torpor.name", "torpor");
  private ResidentEngine resident;

  private Main() {}

  /** Runs a command line and ends the JVM with its status. */
  public static void main(String[] arguments) throws IOException {
    Main main = new Main();
    Thread.setDefaultUncaughtExceptionHandler(main);
    main.resident = ResidentEngine.start(Main::run);
    if (main.resident == null) {
      System.exit(main.run(arguments));
    }
    main.resident.serve();
    Runtime.getRuntime().halt(0);
  }

  private int run(String[] arguments) {
    Caller.takeUp();
    Integer control = Integer.getInteger("torpor.launcher.fd");
    Launcher launcher = control == null ? null : new Launcher(control, Unistd.getppid());
    return run(name, Caller.arguments(arguments), Caller.environment(), launcher);
  }

  private static int run(
      String name, List<String> arguments, int environmentFd, int controlFd, int launcherPid) {
    Map<String, String> environment = Caller.environment(environmentFd);
    return run(name, arguments, environment, new Launcher(controlFd, launcherPid));
  }

  private static int run(
      String name, List<String> arguments, Map<String, String> environment, Launcher launcher) {
    OptionSources sources = new OptionSources(Path.of("/etc"), environment);
    CoreEngine engine = new CoreEngine(launcher);
    if (name.equals("torpor-runtime")) {
      return new FrontCommand(environment, engine, sources, System.out, System.err).run(arguments);
    }
    return new CommandLine(name, engine, sources, new KernelCheck(), System.out, System.err)
        .run(arguments);
  }

  /** No thread goes on for what it can no longer do: who waits for it would wait for ever. */
  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    try {
      System.err.println(name + ": " + Failure.line(failure));
      if (resident != null) {
        resident.fail();
      }
    } finally {
      Runtime.getRuntime().halt(1);
    }
  }
}
