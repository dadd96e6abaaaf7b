// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * The mappings of a process as a strip: each as wide as the logarithm of its length, so that small
 * ones are seen beside large ones, and filled as far as its content was saved.
 */
final class HtmlMemory {
  private static final double WIDTH = 1000;
  private static final int HEIGHT = 40;

  private final HtmlPage page;

  HtmlMemory(HtmlPage page) {
    this.page = page;
  }

  void write(List<Report.Mapping> mappings) throws IOException {
    double sum = 0;
    for (Report.Mapping each : mappings) {
      sum += weight(each);
    }
    page.raw("<svg class=\"map\" viewBox=\"0 0 1000 40\" preserveAspectRatio=\"none\">");
    double at = 0;
    for (Report.Mapping each : mappings) {
      double width = WIDTH * weight(each) / sum;
      mapping(each, at, width);
      at += width;
    }
    page.raw("</svg>");
  }

  private static double weight(Report.Mapping mapping) {
    // Less than a page is what only a damaged image has.
    return Math.log(Math.max(mapping.lengthBytes(), 4096) / 2048.0);
  }

  private void mapping(Report.Mapping mapping, double at, double width) throws IOException {
    double part = (double) mapping.savedBytes() / Math.max(mapping.lengthBytes(), 1);
    double saved = HEIGHT * Math.min(1, Math.max(part, 0));
    page.raw("<g class=\"" + kind(mapping) + "\"><title>");
    page.text(
        mapping.line()
            + ", "
            + Shown.size(mapping.lengthBytes())
            + ", saved "
            + Shown.size(mapping.savedBytes()));
    page.raw("</title>");
    rectangle("", at, 0, width, HEIGHT);
    rectangle("saved", at, HEIGHT - saved, width, saved);
    page.raw("</g>");
  }

  private void rectangle(String style, double x, double y, double width, double height)
      throws IOException {
    page.raw(
        String.format(
            Locale.ROOT,
            "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
            style,
            x,
            y,
            width,
            height));
  }

  private static String kind(Report.Mapping mapping) {
    if (mapping.protection().startsWith("rwx")) {
      return "writable-code";
    }
    if (mapping.protection().contains("x")) {
      return "code";
    }
    if (mapping.what().equals("[heap]") || mapping.what().equals("[stack]")) {
      return "own";
    }
    return mapping.what().startsWith("/") ? "file" : "anonymous";
  }
}
