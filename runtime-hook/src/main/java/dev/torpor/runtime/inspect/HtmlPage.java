// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/**
 * Writes HTML: all text is escaped here, in one place. The page has one style and one script, both
 * ours, and a policy that permits a browser these two by their hashes and nothing else: no address
 * is asked for, and no markup that got past us would run.
 */
final class HtmlPage {
  private final Writer out;

  HtmlPage(Writer out) {
    this.out = out;
  }

  void begin(String title) throws IOException {
    String style = resource("report.css");
    String script = resource("report.js");
    raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    raw("style-src 'sha256-" + hash(style) + "'; script-src 'sha256-" + hash(script) + "'; ");
    raw("base-uri 'none'; form-action 'none'\">\n");
    raw("<meta name=\"referrer\" content=\"no-referrer\">\n");
    raw("<meta name=\"viewport\" content=\"width=device-width\">\n");
    element("title", title);
    raw("\n<style>" + style + "</style></head>\n<body>\n");
  }

  void end() throws IOException {
    raw("<script>" + resource("report.js") + "</script>\n</body></html>\n");
    out.flush();
  }

  private static String resource(String name) {
    try (InputStream in = HtmlPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Markup of ours. */
  void raw(String markup) throws IOException {
    out.write(markup);
  }

  /** Text of anybody. */
  void text(String text) throws IOException {
    out.write(Shown.html(text));
  }

  void element(String name, String text) throws IOException {
    raw("<" + name + ">");
    text(text);
    raw("</" + name + ">");
  }

  /** Begins a section, which a link of the head leads to. */
  void section(String id, String title) throws IOException {
    raw("<section id=\"" + id + "\">");
    element("h2", title);
  }

  void endSection() throws IOException {
    raw("</section>\n");
  }

  void beginDetails(String summary) throws IOException {
    raw("<details>");
    element("summary", summary);
  }

  void endDetails() throws IOException {
    raw("</details>\n");
  }

  void beginTable(String... columns) throws IOException {
    raw("<table><thead><tr>");
    for (String column : columns) {
      element("th", column);
    }
    raw("</tr></thead><tbody>\n");
  }

  void row(Object... cells) throws IOException {
    raw("<tr>");
    for (Object cell : cells) {
      element("td", cell == null ? "" : cell.toString());
    }
    raw("</tr>\n");
  }

  void endTable() throws IOException {
    raw("</tbody></table>\n");
  }

  void list(List<String> lines) throws IOException {
    raw("<pre>");
    for (String line : lines) {
      element("span", line);
      raw("\n");
    }
    raw("</pre>\n");
  }
}
