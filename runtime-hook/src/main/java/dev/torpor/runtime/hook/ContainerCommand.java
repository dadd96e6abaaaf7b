// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/** {@code torpor container list}: what the hooks have noted. */
public final class ContainerCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final String ROW = "%-14s %-24s %-12s %-10s %8s  %-8s %s%n";
  private static final int SHORT_ID_CHARACTERS = 12;

  private final String program;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param program name the user called us by
   */
  public ContainerCommand(String program, PrintStream out, PrintStream err) {
    this.program = program;
    this.out = out;
    this.err = err;
  }

  /** Runs the words behind {@code container}, and returns the exit status. */
  public int run(List<String> arguments) {
    boolean json = arguments.size() == 2 && arguments.get(1).equals("--json");
    if (arguments.isEmpty()
        || !arguments.get(0).equals("list")
        || (arguments.size() > 1 && !json)) {
      err.println("Usage: " + program + " container list [--json]");
      return FAILED;
    }
    try {
      List<LiveContainer> live =
          new Registry(Registry.DIRECTORY, new ProcFs(Path.of("/proc"))).live();
      out.print(json ? json(live) : table(live));
      return OK;
    } catch (IOException e) {
      err.println(program + ": container list: " + e.getMessage());
      return FAILED;
    }
  }

  private static String table(List<LiveContainer> live) {
    StringBuilder table = new StringBuilder();
    table.append(ROW.formatted("ID", "NAME", "ENGINE", "RUNTIME", "PID", "STARTED", "BUNDLE"));
    for (LiveContainer each : live) {
      String id = each.id();
      table.append(
          ROW.formatted(
              id.length() > SHORT_ID_CHARACTERS ? id.substring(0, SHORT_ID_CHARACTERS) : id,
              each.name() == null ? "-" : each.name(),
              each.engine(),
              each.runtime(),
              each.pid(),
              each.restored() ? "restored" : "new",
              each.bundle()));
    }
    return table.toString();
  }

  /** An array, each container an object with the names of {@link LiveContainer}. */
  static String json(List<LiveContainer> live) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartArray();
      for (LiveContainer each : live) {
        json.writeStartObject();
        json.writeStringField("id", each.id());
        json.writeStringField("name", each.name());
        json.writeStringField("engine", each.engine());
        json.writeStringField("runtime", each.runtime());
        json.writeStringField("bundle", each.bundle());
        json.writeNumberField("pid", each.pid());
        json.writeNumberField("startTimeTicks", each.startTimeTicks());
        json.writeBooleanField("restored", each.restored());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return text + System.lineSeparator();
  }
}
