// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The program that is measured, which has much of one kind: {@code programs/bench-target.c}. */
record LargeSubject(String kind, int count) implements Subject {
  @Override
  public String name() {
    return kind;
  }

  @Override
  public List<String> command(Path directory) {
    String program = Settings.program("bench-target").toString();
    String start = "truncate -s 4096 report; exec \"$0\" \"$PWD/report\" \"$@\"";
    return List.of("/bin/sh", "-c", start, program, kind, Integer.toString(count));
  }

  @Override
  public void prepare(Path directory) {
    Wait.until(
        count + " " + kind, () -> Files.exists(report(directory)) && word(directory, 0) == 1);
  }

  @Override
  public long progress(Path directory) {
    return word(directory, 1);
  }

  /** It knows nothing of itself but that it goes on. */
  @Override
  public String state(Path directory) {
    return "";
  }

  private static Path report(Path directory) {
    return directory.resolve("report");
  }

  /** Its file may not have its size yet. */
  private static long word(Path directory, int index) {
    try {
      byte[] report = Files.readAllBytes(report(directory));
      return report.length == 0
          ? 0
          : ByteBuffer.wrap(report).order(ByteOrder.LITTLE_ENDIAN).getLong(Long.BYTES * index);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
