// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.util.List;

/** What happened, in order, with bars for what took time. */
final class HtmlTimeline {
  private static final int WIDTH = 400;
  private static final int HEIGHT = 12;

  private final HtmlPage page;

  HtmlTimeline(HtmlPage page) {
    this.page = page;
  }

  void write(List<Report.Event> events) throws IOException {
    long longest = 1;
    for (Report.Event event : events) {
      longest = Math.max(longest, event.micros());
    }
    page.section("timeline", "Timeline");
    page.beginTable("When", "What", "Took", "");
    for (Report.Event event : events) {
      page.raw("<tr>");
      page.element("td", event.when());
      page.element("td", event.what());
      boolean took = event.micros() >= 0;
      page.element("td", took ? String.format("%.3f ms", event.micros() / 1000.0) : "");
      page.raw("<td>");
      if (took) {
        bar((int) (event.micros() * WIDTH / longest));
      }
      page.raw("</td></tr>\n");
    }
    page.endTable();
    page.endSection();
  }

  private void bar(int width) throws IOException {
    page.raw(
        "<svg width=\"" + WIDTH + "\" height=\"" + HEIGHT + "\"><rect class=\"took\" width=\"");
    page.raw(Math.max(width, 1) + "\" height=\"" + HEIGHT + "\"/></svg>");
  }
}
