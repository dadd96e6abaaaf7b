// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.image.ImageException;
import dev.torpor.image.json.ImageJson;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code image show|decode|encode FILE}: an image as JSON on standard output, for people or for
 * programs, and JSON as an image on standard output.
 */
final class ImageCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final String program;
  private final PrintStream out;
  private final PrintStream err;

  ImageCommand(String program, PrintStream out, PrintStream err) {
    this.program = program;
    this.out = out;
    this.err = err;
  }

  /** Runs what follows the verb and returns the exit status. */
  int run(List<String> arguments) {
    if (!arguments.isEmpty() && isHelp(arguments.get(0))) {
      out.print(Help.verb(program, Verb.IMAGE));
      return OK;
    }
    if (arguments.size() != 2) {
      return fail("takes show, decode or encode, and one file: " + program + " image show FILE");
    }
    Path file = Path.of(arguments.get(1));
    try {
      switch (arguments.get(0)) {
        case "show" -> decode(file, true);
        case "decode" -> decode(file, false);
        case "encode" -> encode(file);
        default -> {
          return fail("unknown action " + arguments.get(0) + ": there are show, decode, encode");
        }
      }
      return OK;
    } catch (NoSuchFileException e) {
      return fail(file + " is not there: check the name");
    } catch (ImageException e) {
      return fail(e.getMessage());
    } catch (IOException e) {
      return fail(e.getMessage() == null ? file + " cannot be read: " + e : e.getMessage());
    }
  }

  private static boolean isHelp(String word) {
    return word.equals("--help") || word.equals("-h");
  }

  private void decode(Path file, boolean pretty) throws IOException {
    try (FileChannel in = FileChannel.open(file)) {
      Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
      ImageJson.decode(file.toString(), in, in.size(), writer, pretty, true);
      writer.write('\n');
      writer.flush();
    }
    finish();
  }

  private void encode(Path file) throws IOException {
    // Whole before the first byte goes out: no half an image when the JSON turns out to be wrong.
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    try (Reader reader = Files.newBufferedReader(file)) {
      ImageJson.encode(reader, image);
    }
    image.writeTo(out);
    finish();
  }

  private void finish() throws IOException {
    // A PrintStream keeps its failures to itself: a full disk must not look like success.
    if (out.checkError()) {
      throw new IOException("standard output cannot be written: make room or choose another place");
    }
  }

  private int fail(String text) {
    err.println(program + ": image: " + text);
    return FAILED;
  }
}
