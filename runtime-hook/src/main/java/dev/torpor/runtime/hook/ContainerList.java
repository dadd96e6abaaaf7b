// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code torpor container list}: what the hooks have noted, and what runtimes have beside. */
public final class ContainerList {
  private static final String ROW = "%-14s %-24s %-12s %-10s %8s  %-8s %s%n";
  private static final int SHORT_ID_CHARACTERS = 12;

  private ContainerList() {}

  /**
   * Those that live.
   *
   * @param json as an array of objects, else as a table
   * @param runtimes what runtimes have; the hooks know more of those that they have seen
   */
  public static String text(boolean json, List<LiveContainer> runtimes) throws IOException {
    List<LiveContainer> all = new ArrayList<>(live());
    Set<Integer> seen = new HashSet<>();
    all.forEach(each -> seen.add(each.pid()));
    for (LiveContainer each : runtimes) {
      if (seen.add(each.pid())) {
        all.add(each);
      }
    }
    all.sort(Comparator.comparing(LiveContainer::id));
    return json ? json(all) : table(all);
  }

  /** The id of the container that has a name, null if none that lives is known to have it. */
  public static String idOf(String name) throws IOException {
    for (LiveContainer each : live()) {
      if (name.equals(each.name())) {
        return each.id();
      }
    }
    return null;
  }

  /** The name of the container with an id, null if it is not known. */
  public static String nameOf(String id) throws IOException {
    for (LiveContainer each : live()) {
      if (each.id().equals(id)) {
        return each.name();
      }
    }
    return null;
  }

  private static List<LiveContainer> live() throws IOException {
    return new Registry(Registry.DIRECTORY, new ProcFs(Path.of("/proc"))).live();
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
              started(each),
              each.bundle()));
    }
    return table.toString();
  }

  private static String started(LiveContainer container) {
    if (container.restored() == null) {
      return "-";
    }
    return container.restored() ? "restored" : "new";
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
        if (each.restored() != null) {
          json.writeBooleanField("restored", each.restored());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return text + System.lineSeparator();
  }
}
