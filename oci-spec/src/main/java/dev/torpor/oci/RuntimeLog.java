// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Map;

/**
 * The file of a runtime's {@code --log}, which engines read when a command has failed: a line per
 * message, as JSON ({@code --log-format json}) or as text.
 *
 * <pre>
 * {"level":"error","msg":"container not running","time":"2026-11-29T12:18:16Z"}
 * time="2026-11-29T12:18:16Z" level=error msg="container not running"
 * </pre>
 *
 * @param file where it is
 * @param json whether its lines are JSON
 */
public record RuntimeLog(Path file, boolean json) {
  private static final String ERROR = "error";

  /** One message. */
  record Line(
      String level,
      String msg,
      String time,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /** A line of text as runtimes write it, also to standard error if they have no file. */
  public static String text(String message) {
    return "time=\""
        + now()
        + "\" level=error msg=\""
        + message.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
        + '"';
  }

  /** Appends an error. */
  public void error(String message) throws OciException {
    write(new byte[0], line(message), StandardOpenOption.APPEND);
  }

  /**
   * Says the cause of the last error, if the last line is one; else it is an error of its own.
   * containerd takes the message of the last error, Podman takes a file that is one line.
   */
  public void explain(String cause) throws OciException {
    byte[] all = Files.exists(file) ? EngineJson.bytes(file) : new byte[0];
    int start = lastLine(all);
    Line last = json ? parse(Arrays.copyOfRange(all, start, all.length)) : null;
    if (last == null || !ERROR.equals(last.level)) {
      error(cause);
      return;
    }
    Line whole = new Line(ERROR, last.msg + ": " + cause, last.time, last.other);
    write(Arrays.copyOf(all, start), EngineJson.write(whole), StandardOpenOption.TRUNCATE_EXISTING);
  }

  private byte[] line(String message) {
    return json
        ? EngineJson.write(new Line(ERROR, message, now(), Map.of()))
        : text(message).getBytes(StandardCharsets.UTF_8);
  }

  private static int lastLine(byte[] all) {
    int start = Math.max(0, all.length - 1);
    while (start > 0 && all[start - 1] != '\n') {
      start--;
    }
    return start;
  }

  private Line parse(byte[] line) {
    try {
      return EngineJson.parse(file.toString(), line, Line.class);
    } catch (OciException e) {
      return null;
    }
  }

  private void write(byte[] before, byte[] line, StandardOpenOption how) throws OciException {
    byte[] all = Arrays.copyOf(before, before.length + line.length + 1);
    System.arraycopy(line, 0, all, before.length, line.length);
    all[all.length - 1] = '\n';
    try {
      Files.write(file, all, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
    } catch (IOException e) {
      throw new OciException(file.toString(), "the log cannot be written: " + e.getMessage(), e);
    }
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
