// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.error.IoReason;
import dev.torpor.linux.Unistd;
import dev.torpor.oci.OciException;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Failure;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What {@code torpor-runtime} does in Java, as runtime.c of the launcher asks for it. */
public final class FrontCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final Map<String, String> environment;
  private final Engine engine;
  private final OptionSources sources;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param environment the caller's
   * @param engine does the work
   * @param sources of CRIU's options
   */
  public FrontCommand(
      Map<String, String> environment,
      Engine engine,
      OptionSources sources,
      PrintStream out,
      PrintStream err) {
    this.environment = environment;
    this.engine = engine;
    this.sources = sources;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs a command.
   *
   * @param asked the exit status that runc had, 0 if it has not run; a descriptor that reads what
   *     it said, -1 for none; when it was started, in ms since 1970; {@code runc} or {@code crun};
   *     its path; the words of the command line
   * @return exit status
   */
  public int run(List<String> asked) {
    int status = Integer.parseInt(asked.get(0));
    int errorsFd = Integer.parseInt(asked.get(1));
    long startMillis = Long.parseLong(asked.get(2));
    List<String> words = asked.subList(5, asked.size());
    if (status != 0) {
      explain(words, errorsFd < 0 ? "" : said(errorsFd), startMillis);
      return status;
    }
    Fronted fronted = new Fronted(asked.get(3), asked.get(4), environment);
    RuntimeArguments arguments = null;
    try {
      arguments = RuntimeArguments.parse(words);
      perform(fronted, arguments);
      return OK;
    } catch (IOException e) {
      return failed(arguments, e instanceof OciException ? e.getMessage() : IoReason.of(e));
    } catch (RuntimeException | Error e) {
      return failed(arguments, Failure.line(e));
    }
  }

  private int failed(RuntimeArguments arguments, String why) {
    new RuntimeMessages(arguments, err).error(why);
    return FAILED;
  }

  private static String said(int fd) {
    Unistd.lseek(fd, 0, Unistd.SEEK_SET);
    return new String(Unistd.readAll(fd), StandardCharsets.UTF_8);
  }

  private void explain(List<String> words, String said, long startMillis) {
    RuntimeArguments arguments = null;
    String cause = null;
    try {
      arguments = RuntimeArguments.parse(words);
      cause = RuncFailure.cause(arguments, startMillis);
    } catch (OptionException e) {
      // What runc did not take either it has named.
    }
    new RuntimeMessages(arguments, err).explain(said, cause);
  }

  /** What of the launcher's commands is not runc's to do. */
  private void perform(Fronted fronted, RuntimeArguments arguments) throws IOException {
    String command = arguments.command();
    if (command.equals("features")) {
      Features.print(fronted, out);
      return;
    }
    if (arguments.wantsHelp()) {
      Usage.print(command, out);
      return;
    }
    if (Unistd.geteuid() != 0) {
      throw new OptionException(command + " requires root: run it with sudo");
    }
    CrunContainer container = new CrunContainer(fronted, arguments);
    if (command.equals("checkpoint")) {
      new CrunCheckpoint(arguments, container, engine, sources).run();
    } else {
      new CrunRestore(fronted, arguments, container, engine, sources).run();
    }
  }
}
