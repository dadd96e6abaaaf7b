// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Two checkpoints side by side as one page for a browser. What is the same in both is there too,
 * and hidden until somebody asks for it: a page without its script shows what differs.
 */
public final class HtmlComparison {
  private final Report first;
  private final Report second;
  private final HtmlPage page;

  private HtmlComparison(Report first, Report second, Writer out) {
    this.first = first;
    this.second = second;
    this.page = new HtmlPage(out);
  }

  /** Writes the page. */
  public static void write(Report first, Report second, Writer out) throws IOException {
    new HtmlComparison(first, second, out).write();
  }

  private void write() throws IOException {
    page.begin("Two checkpoints");
    page.raw("<header>");
    page.element("h1", "Two checkpoints");
    page.raw("<input id=\"search\" type=\"search\" placeholder=\"Search both\" ");
    page.raw("aria-label=\"Search\"><span id=\"found\"></span></header>\n");
    page.raw(
        "<input id=\"same\" type=\"checkbox\"><label for=\"same\">also what is the same</label>");
    page.raw("\n<main class=\"two\">\n");
    Map<String, Map<String, String>> before = ComparableReport.of(first);
    Map<String, Map<String, String>> after = ComparableReport.of(second);
    for (String name : both(before, after)) {
      section(name, before.getOrDefault(name, Map.of()), after.getOrDefault(name, Map.of()));
    }
    page.raw("</main>\n");
    page.end();
  }

  /**
   * The names of both, in the order of the first, those of the second alone behind their
   * neighbours.
   */
  private static Set<String> both(Map<String, ?> before, Map<String, ?> after) {
    Map<String, Set<String>> behind = new LinkedHashMap<>();
    String neighbour = "";
    for (String name : after.keySet()) {
      if (before.containsKey(name)) {
        neighbour = name;
      } else {
        behind.computeIfAbsent(neighbour, any -> new LinkedHashSet<>()).add(name);
      }
    }
    Set<String> all = new LinkedHashSet<>(behind.getOrDefault("", Set.of()));
    for (String name : before.keySet()) {
      all.add(name);
      all.addAll(behind.getOrDefault(name, Set.of()));
    }
    return all;
  }

  private void section(String name, Map<String, String> before, Map<String, String> after)
      throws IOException {
    page.raw(before.equals(after) ? "<section class=\"same\">" : "<section>");
    page.element("h2", name);
    page.beginTable("", first.source(), second.source());
    for (String each : both(before, after)) {
      row(each, before.get(each), after.get(each));
    }
    page.endTable();
    page.endSection();
  }

  private void row(String name, String before, String after) throws IOException {
    boolean same = Objects.equals(before, after);
    page.raw(same ? "<tr class=\"same\">" : "<tr>");
    page.element("td", name);
    cell(same ? "" : "gone", before);
    cell(same ? "" : "come", after);
    page.raw("</tr>\n");
  }

  private void cell(String kind, String text) throws IOException {
    page.raw(kind.isEmpty() || text == null ? "<td>" : "<td class=\"" + kind + "\">");
    page.text(text == null ? "" : text);
    page.raw("</td>");
  }
}
