// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.runtime.container.ContainerCommand;
import dev.torpor.runtime.crit.CritCommand;
import dev.torpor.runtime.engine.CpuInfo;
import dev.torpor.runtime.engine.Directories;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Operation;
import dev.torpor.runtime.engine.OperationLog;
import dev.torpor.runtime.engine.Version;
import dev.torpor.runtime.hook.HookCommand;
import dev.torpor.runtime.kernel.Feature;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.option.OptionsBuilder;
import dev.torpor.runtime.rpc.Service;
import dev.torpor.runtime.rpc.Swrk;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/** CRIU's command line: verbs, options, exit statuses. */
final class CommandLine {
  private static final int OK = 0;
  private static final int FAILED = 1;

  /** What CRIU's -1 comes to, for verbs that are gone. */
  private static final int RETIRED = 255;

  private final String program;
  private final Engine engine;
  private final OptionSources sources;
  private final KernelCheck kernelCheck;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param program name the user called us by
   * @param engine does the work
   */
  CommandLine(
      String program,
      Engine engine,
      OptionSources sources,
      KernelCheck kernelCheck,
      PrintStream out,
      PrintStream err) {
    this.program = program;
    this.engine = engine;
    this.sources = sources;
    this.kernelCheck = kernelCheck;
    this.out = out;
    this.err = err;
  }

  /** Runs a command line, without the program's name, and returns the exit status. */
  int run(List<String> arguments) {
    if (program.equals("crit")) {
      return new CritCommand(program, out, err).run(arguments);
    }
    if (arguments.isEmpty()) {
      out.print(Help.program(program));
      return FAILED;
    }
    List<String> rest = arguments.subList(1, arguments.size());
    return switch (arguments.get(0)) {
      case "swrk" -> swrk(arguments);
      case "image" -> new CritCommand(program + " image", out, err).run(rest);
      case "hook" -> new HookCommand(program, home(), err).run(rest);
      case "container" -> new ContainerCommand(program, home(), out, err).run(rest);
      default -> criu(arguments);
    };
  }

  private int criu(List<String> arguments) {
    try {
      OptionsBuilder builder = new OptionsBuilder();
      List<String> words = sources.commandLine(arguments, builder);
      if (builder.on(Opt.HELP)) {
        return help(words);
      }
      if (builder.on(Opt.VERSION)) {
        out.println("Version: " + Version.TEXT);
        return OK;
      }
      return verb(words, builder);
    } catch (OptionException e) {
      return fail(e.getMessage());
    }
  }

  /** Above {@code lib}, which the launcher tells. */
  private static Path home() {
    return Path.of(System.getProperty("torpor.home", "lib")).toAbsolutePath().getParent();
  }

  private int swrk(List<String> arguments) {
    boolean ofService = arguments.size() == 3 && arguments.get(2).equals(Verb.SERVICE.word());
    if (arguments.size() == 2 || ofService) {
      try {
        int fd = Integer.parseInt(arguments.get(1));
        Swrk swrk = new Swrk(fd, engine, sources, kernelCheck, err);
        return ofService ? swrk.serveConnection() : swrk.serve();
      } catch (NumberFormatException e) {
        return fail("swrk: " + arguments.get(1) + " is no descriptor: give its number");
      }
    }
    err.println("Usage: " + program + " swrk <fd>");
    return FAILED;
  }

  private int help(List<String> words) {
    Verb verb = words.isEmpty() ? null : Verb.of(words.get(0));
    out.print(verb == null ? Help.program(program) : Help.verb(program, verb));
    return OK;
  }

  private int verb(List<String> words, OptionsBuilder builder) {
    if (words.isEmpty()) {
      return fail("command is required: " + program + " --help lists them");
    }
    Verb verb = Verb.of(words.get(0));
    if (verb == null) {
      return fail("unknown command: " + words.get(0) + ": " + program + " --help lists them");
    }
    if (verb == Verb.EXEC || verb == Verb.SHOW) {
      return retired(verb);
    }
    if (builder.on(Opt.EXEC_CMD)) {
      checkCommand(verb, words, builder);
    } else if (words.size() > 1 && verb != Verb.CPUINFO) {
      return fail("excessive parameter for command " + verb.word() + ": remove " + words.get(1));
    }
    if (verb != Verb.RESTORE && builder.inheritsFds()) {
      throw new OptionException(
          "--inherit-fd is for restore, as with CRIU: leave it out of " + verb.word());
    }
    return switch (verb) {
      case DUMP, RESTORE -> operation(verb, words.subList(1, words.size()), builder);
      case CHECK -> check(builder);
      case CPUINFO -> cpuinfo(words, builder);
      case SERVICE -> service(builder);
      default -> fail(verb.word() + " (" + verb.help() + ") is not supported yet: use CRIU for it");
    };
  }

  private int cpuinfo(List<String> words, OptionsBuilder builder) {
    String action = words.size() < 2 ? "" : words.get(1);
    if (!action.equals("dump") && !action.equals("check")) {
      return fail("cpuinfo " + action + ": there are dump and check: name one of them");
    }
    if (words.size() > 2) {
      return fail("excessive parameter for command cpuinfo: remove " + words.get(2));
    }
    try (Directories directories = directories(builder);
        OperationLog log = openLog(directories, builder)) {
      return logged(
          log,
          () -> {
            CriuOptions options = builder.build();
            if (action.equals("dump")) {
              CpuInfo.dump(directories);
            } else {
              CpuInfo.check(directories, options.cpuCaps());
            }
            return OK;
          });
    } catch (IOException e) {
      return logNotClosed(e);
    }
  }

  private int retired(Verb verb) {
    String instead =
        verb == Verb.SHOW ? program + " image show FILE shows an image" : "there is no substitute";
    err.println(program + ": " + verb.word() + " has been retired: " + instead);
    return RETIRED;
  }

  private static void checkCommand(Verb verb, List<String> words, OptionsBuilder builder) {
    if (words.size() == 1) {
      throw new OptionException("--exec-cmd requires a command: add -- PROGRAM ARGUMENTS");
    }
    if (verb != Verb.RESTORE) {
      throw new OptionException("--exec-cmd is for restore: leave it out of " + verb.word());
    }
    if (builder.on(Opt.RESTORE_DETACHED)) {
      throw new OptionException(
          "--restore-detached and --exec-cmd cannot be used together: the command is the tree's"
              + " parent");
    }
  }

  private int service(OptionsBuilder builder) {
    try (Directories directories = directories(builder);
        OperationLog log = openLog(directories, builder)) {
      return logged(
          log,
          () -> {
            out.println(Service.open(builder.build(), directories, log, engine));
            return OK;
          });
    } catch (IOException e) {
      return logNotClosed(e);
    }
  }

  private int operation(Verb verb, List<String> command, OptionsBuilder builder) {
    if (verb == Verb.DUMP && builder.treePid() == 0) {
      throw new OptionException("pid not specified: name the root of the tree with --tree PID");
    }
    if (verb == Verb.DUMP && builder.on(Opt.PLAN)) {
      throw new OptionException("--plan shows what a restore would do: use it with restore");
    }
    try (Directories directories = directories(builder);
        OperationLog log = openLog(directories, builder)) {
      return run(verb, command, builder, directories, log);
    } catch (IOException e) {
      return logNotClosed(e);
    }
  }

  private int logNotClosed(IOException e) {
    return fail("log cannot be closed: " + e.getMessage());
  }

  private static Directories directories(OptionsBuilder builder) {
    String images = orElse(builder.text(Opt.IMAGES_DIR), ".");
    return Directories.open(images, orElse(builder.text(Opt.WORK_DIR), images));
  }

  private int run(
      Verb verb,
      List<String> command,
      OptionsBuilder builder,
      Directories directories,
      OperationLog log) {
    for (String note : sources.notes()) {
      log.info(note);
    }
    return logged(
        log,
        () -> {
          CriuOptions options = builder.build();
          Operation operation = new Operation(engine, options, directories, log);
          if (verb == Verb.DUMP) {
            return operation.dump();
          }
          if (options.on(Opt.PLAN)) {
            out.print(operation.plan());
            return OK;
          }
          operation.restore();
          if (!command.isEmpty()) {
            engine.become(command, directories.workFd(), -1);
          }
          return OK;
        });
  }

  /** What fails stands in the log, and is a line for people. */
  private int logged(OperationLog log, IntSupplier verb) {
    try {
      return verb.getAsInt();
    } catch (RuntimeException | Error e) {
      String line = Operation.report(log, e);
      if (!log.isStandardError() || log.level() == 0) {
        err.println(program + ": " + line);
      }
      return FAILED;
    }
  }

  private OperationLog openLog(Directories directories, OptionsBuilder builder) {
    String name = builder.text(Opt.LOG_FILE);
    return name == null
        ? OperationLog.standardError(builder.logLevel())
        : OperationLog.open(directories.inWork(name), builder.logLevel());
  }

  private static String orElse(String text, String otherwise) {
    return text == null ? otherwise : text;
  }

  /** CRIU opens directories and log for a check too, and fails for want of them. */
  private int check(OptionsBuilder builder) {
    try (Directories directories = directories(builder);
        OperationLog log = openLog(directories, builder)) {
      return checkKernel(builder);
    } catch (IOException e) {
      return logNotClosed(e);
    }
  }

  private int checkKernel(OptionsBuilder builder) {
    CriuOptions options = builder.build();
    String feature = options.text(Opt.FEATURE);
    if (feature != null) {
      return feature(feature);
    }
    String missing = kernelCheck.firstMissing();
    if (missing != null) {
      err.println(program + ": check: " + missing);
      out.println("Does not look good.");
      return FAILED;
    }
    List<String> lacking = new ArrayList<>();
    if (options.on(Opt.EXTRA)) {
      lacking.addAll(kernelCheck.missing(Feature.Group.EXTRA));
    }
    if (options.on(Opt.EXPERIMENTAL)) {
      lacking.addAll(kernelCheck.missing(Feature.Group.EXPERIMENTAL));
    }
    for (String line : lacking) {
      err.println(program + ": check: " + line);
    }
    if (!lacking.isEmpty()) {
      out.println("Looks good but some kernel features are missing");
      out.println("which, depending on your process tree, may cause");
      out.println("dump or restore failure.");
      return FAILED;
    }
    out.println("Looks good.");
    return OK;
  }

  private int feature(String feature) {
    if (feature.equals("list")) {
      out.println(KernelCheck.featureNames());
      return OK;
    }
    try {
      String missing = kernelCheck.missing(feature);
      if (missing != null) {
        return fail(feature + " is not supported: " + missing);
      }
      out.println(feature + " is supported");
      return OK;
    } catch (IllegalArgumentException e) {
      return fail(e.getMessage());
    }
  }

  private int fail(String text) {
    err.println(program + ": " + text);
    return FAILED;
  }
}
