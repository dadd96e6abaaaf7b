// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.json.ImageJson;
import dev.torpor.runtime.output.StandardOutput;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** {@code crit}, or {@code torpor image}: images as JSON and back, and lists of what they hold. */
public final class CritCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final String program;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param program what messages begin with: {@code crit} or {@code torpor image}
   */
  public CritCommand(String program, PrintStream out, PrintStream err) {
    this.program = program;
    this.out = out;
    this.err = err;
  }

  /**
   * Runs an action with its arguments.
   *
   * @return the exit status
   */
  public int run(List<String> words) {
    if (words.isEmpty()) {
      return fail("which action? " + program + " --help lists them");
    }
    Action action = Action.of(words.get(0));
    try {
      Arguments arguments = Arguments.of(action == null ? words : words.subList(1, words.size()));
      if (arguments.help) {
        out.print(Action.help(program));
        return OK;
      }
      if (action == null) {
        return fail("unknown action " + words.get(0) + ": " + program + " --help lists them");
      }
      act(action, arguments);
      return StandardOutput.finish(out);
    } catch (UsageException e) {
      return fail((action == null ? "" : action.word + ": ") + e.getMessage());
    } catch (NoSuchFileException | FileNotFoundException e) {
      return fail(e.getMessage() + " is not there: check the name");
    } catch (ImageException e) {
      return fail(e.getMessage());
    } catch (IOException e) {
      return fail(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private void act(Action action, Arguments arguments) throws IOException {
    switch (action) {
      case SHOW -> decode(arguments.file(), null, true, arguments.withPayload);
      case DECODE -> decode(arguments.source(), arguments.out, arguments.pretty, true);
      case ENCODE -> encode(arguments.source(), arguments.out);
      case INFO -> info(arguments.file());
      case X -> explore(arguments.words);
    }
  }

  private void decode(Path image, Path target, boolean pretty, boolean withPayload)
      throws IOException {
    try (ReadableByteChannel in =
        image == null ? Channels.newChannel(System.in) : FileChannel.open(image)) {
      long size = in instanceof FileChannel file ? file.size() : ImageReader.UNKNOWN_SIZE;
      Writer json = writer(target == null ? out : Files.newOutputStream(target));
      ImageJson.decode(nameOf(image), in, size, json, pretty, withPayload);
      if (target == null) {
        json.write('\n');
        json.flush();
      } else {
        json.close();
      }
    }
  }

  private void encode(Path json, Path target) throws IOException {
    // Whole before the first byte goes out: no half an image when the JSON turns out to be wrong.
    ByteArrayOutputStream image = new ByteArrayOutputStream();
    try (Reader reader =
        json == null
            ? new InputStreamReader(System.in, StandardCharsets.UTF_8)
            : Files.newBufferedReader(json)) {
      ImageJson.encode(reader, image);
    }
    if (target == null) {
      image.writeTo(out);
    } else {
      Files.write(target, image.toByteArray());
    }
  }

  private void info(Path image) throws IOException {
    try (FileChannel in = FileChannel.open(image)) {
      Writer json = writer(out);
      ImageJson.info(image.toString(), in, in.size(), json);
      json.write('\n');
      json.flush();
    }
  }

  private void explore(List<String> words) throws IOException {
    Listing listing = words.size() == 2 ? Listing.of(words.get(1)) : null;
    if (listing == null) {
      throw new UsageException("takes a directory of images and one of ps, fds, mems, rss, sk");
    }
    DirectoryImages images = DirectoryImages.of(ImageDirectory.at(Path.of(words.get(0))));
    Writer text = writer(out);
    listing.print(new Checkpoint(images), text);
    text.flush();
  }

  private static Writer writer(OutputStream target) {
    return new BufferedWriter(new OutputStreamWriter(target, StandardCharsets.UTF_8));
  }

  private static String nameOf(Path image) {
    return image == null ? "standard input" : image.toString();
  }

  private int fail(String text) {
    err.println(program + ": " + text);
    return FAILED;
  }
}
