// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small C programs that tell what a header of the native module says. */
public final class CProgram {
  /** The native module's C sources, as seen from this module. */
  private static final Path SOURCES = Path.of("../native/src/main/c");

  private CProgram() {}

  /**
   * Values of integer expressions.
   *
   * @param header to include, {@code blob/blob.h}
   */
  public static Map<String, Long> values(
      Path directory, String header, Collection<String> expressions) throws Exception {
    StringBuilder body = new StringBuilder();
    for (String expression : expressions) {
      body.append("printf(\"%lld\\n\", (long long)(").append(expression).append("));\n");
    }
    List<String> lines = run(directory, header, body.toString(), new byte[0]).lines().toList();
    Map<String, Long> values = new LinkedHashMap<>();
    int i = 0;
    for (String expression : expressions) {
      values.put(expression, Long.parseLong(lines.get(i++)));
    }
    return values;
  }

  /** Output of a program whose {@code main} has the given body. */
  public static String run(Path directory, String header, String body, byte[] input)
      throws IOException, InterruptedException {
    Path source = directory.resolve("program.c");
    Path program = directory.resolve("program");
    Files.writeString(
        source,
        "#include <stddef.h>\n#include <stdio.h>\n#include \""
            + header
            + "\"\nint main(void) {\n"
            + body
            + "return 0;\n}\n");
    Process compiler =
        new ProcessBuilder("cc", "-I", SOURCES.toString(), "-o", program + "", source + "")
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).isZero();
    Process process = new ProcessBuilder(program.toString()).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
