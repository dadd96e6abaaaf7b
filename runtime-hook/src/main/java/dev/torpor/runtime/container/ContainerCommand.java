// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.error.TorporException;
import dev.torpor.runtime.archive.OpenedCheckpoint;
import dev.torpor.runtime.hook.ContainerList;
import dev.torpor.runtime.inspect.HtmlComparison;
import dev.torpor.runtime.inspect.HtmlReport;
import dev.torpor.runtime.inspect.RecordJson;
import dev.torpor.runtime.inspect.Report;
import dev.torpor.runtime.inspect.ReportDiff;
import dev.torpor.runtime.inspect.ReportReader;
import dev.torpor.runtime.inspect.TextReport;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.output.StandardOutput;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** {@code torpor container}: containers that live, and what is in checkpoints of containers. */
public final class ContainerCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final String program;
  private final Path home;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param program name the user called us by
   * @param home where Torpor is
   */
  public ContainerCommand(String program, Path home, PrintStream out, PrintStream err) {
    this.program = program;
    this.home = home;
    this.out = out;
    this.err = err;
  }

  /** Runs the words behind {@code container}, and returns the exit status. */
  public int run(List<String> words) {
    ContainerAction action = words.isEmpty() ? null : ContainerAction.of(words.get(0));
    boolean asked = words.contains("--help") || words.contains("-h");
    if (action == null || asked) {
      (asked ? out : err).print(action == null ? help() : action.page(program));
      return asked ? OK : FAILED;
    }
    try {
      act(action, new ContainerArguments(action, words.subList(1, words.size())));
      return StandardOutput.finish(out);
    } catch (IOException | TorporException | OptionException e) {
      err.println(program + ": container " + action.word + ": " + Message.of(e));
      return FAILED;
    }
  }

  private String help() {
    StringBuilder text = new StringBuilder("Usage: " + program + " container ACTION ...\n\n");
    for (ContainerAction action : ContainerAction.values()) {
      text.append("  ").append(action.word).append(' ').append(action.usage).append('\n');
      text.append("      ").append(action.help).append('\n');
    }
    return text.toString();
  }

  private void act(ContainerAction action, ContainerArguments arguments) throws IOException {
    switch (action) {
      case LIST -> list(arguments);
      case INSPECT -> inspect(arguments);
      case MEMORY -> new MemoryCommand(arguments, out).run();
      case DIFF -> diff(arguments);
      case BUILD -> new BuildCommand(arguments).run();
      case CHECKPOINT -> new CheckpointCommand(arguments, home, out, new Progress(err)).run();
      case RESTORE -> new RestoreCommand(arguments, home, out, new Progress(err)).run();
    }
  }

  private void list(ContainerArguments arguments) throws IOException {
    List<String> words = arguments.words(0, 1);
    if (words.isEmpty()) {
      out.print(ContainerList.text(arguments.on("json"), new RuntimeContainers(null).listed()));
    } else {
      new ArchiveList(Path.of(words.get(0)), arguments.limits())
          .print(arguments.on("json"), writer());
    }
  }

  private void inspect(ContainerArguments arguments) throws IOException {
    Report report = read(arguments, arguments.file());
    page(arguments, out -> HtmlReport.write(report, out));
    if (arguments.on("json")) {
      RecordJson.write(report, writer());
    } else if (arguments.text("html") == null) {
      write(TextReport.of(report, arguments.on("all")));
    }
  }

  private void diff(ContainerArguments arguments) throws IOException {
    List<String> words = arguments.words(2, 2);
    Report first = read(arguments, Path.of(words.get(0)));
    Report second = read(arguments, Path.of(words.get(1)));
    page(arguments, out -> HtmlComparison.write(first, second, out));
    ReportDiff diff = ReportDiff.of(first, second);
    if (arguments.on("json")) {
      RecordJson.write(diff, writer());
    } else if (arguments.text("html") == null) {
      write(diff.text());
    }
  }

  /** What writes a page. */
  private interface Page {
    void write(Writer out) throws IOException;
  }

  private static void page(ContainerArguments arguments, Page page) throws IOException {
    String html = arguments.text("html");
    if (html != null) {
      try (Writer out = new OutputStreamWriter(PrivateFile.create(html), StandardCharsets.UTF_8)) {
        page.write(out);
      }
    }
  }

  private static Report read(ContainerArguments arguments, Path source) throws IOException {
    try (OpenedCheckpoint opened =
        OpenedCheckpoint.open(source, arguments.limits(), arguments.temporary(), entry -> true)) {
      return ReportReader.read(opened);
    }
  }

  private void write(String text) throws IOException {
    Writer writer = writer();
    writer.write(text);
    writer.flush();
  }

  /** In UTF-8, whatever the locale: names are in it, and JSON must be. */
  private Writer writer() {
    return new OutputStreamWriter(out, StandardCharsets.UTF_8);
  }
}
