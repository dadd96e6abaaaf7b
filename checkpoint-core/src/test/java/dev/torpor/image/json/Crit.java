// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** CRIU's own tools, if the environment or a system property of that name says where they are. */
final class Crit {
  private Crit() {}

  /** Path of an executable; skips the test if none is named. */
  static String tool(String variable) {
    String path = System.getProperty(variable, System.getenv(variable));
    Assumptions.assumeTrue(path != null, variable + " does not name an executable");
    return path;
  }

  /** Compares what crit and {@link ImageJson} make of images. */
  static void requireSameOutput(List<Sample> samples, boolean pretty)
      throws IOException, InterruptedException {
    String crit = tool("TORPOR_TEST_CRIT");
    for (Sample sample : samples) {
      String expected = decode(crit, sample.bytes, pretty);
      assertThat(sample.json(pretty) + "\n").as(sample.name).isEqualTo(expected);
    }
  }

  private static String decode(String crit, byte[] image, boolean pretty)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Arrays.asList(crit, "decode"));
    if (pretty) {
      command.add("--pretty");
    }
    Path input = Files.createTempFile("torpor", ".img");
    try {
      Files.write(input, image);
      Process process =
          new ProcessBuilder(command)
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .start();
      try (InputStream out = process.getInputStream();
          OutputStream ignored = process.getOutputStream()) {
        String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
      }
    } finally {
      Files.delete(input);
    }
  }
}
