// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.proc.Words;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionParser;
import dev.torpor.runtime.option.OptionsBuilder;
import dev.torpor.runtime.option.Shape;
import java.util.List;
import java.util.Map;

/**
 * What a container asks for by its annotations, checked, as a configuration file of CRIU's kind:
 * what stands there holds for every dump and restore of it, above the flags of the engine.
 */
public final class ContainerOptions {
  private static final String TRUE = "true";
  private static final String FALSE = "false";

  private final StringBuilder configuration = new StringBuilder();
  private boolean wanted = true;

  private ContainerOptions() {}

  /**
   * Takes annotations by their names without {@code torpor.}.
   *
   * @throws OptionException naming an annotation that is unknown, or its value and what is allowed
   */
  static ContainerOptions of(Map<String, String> annotations) {
    ContainerOptions options = new ContainerOptions();
    for (Map.Entry<String, String> entry : annotations.entrySet()) {
      Annotation annotation = Annotation.of(entry.getKey());
      if (annotation == null) {
        throw new OptionException(
            "annotation "
                + Annotation.PREFIX
                + entry.getKey()
                + " is unknown: there are "
                + Annotation.names());
      }
      options.take(annotation, entry.getValue());
    }
    return options;
  }

  /** The lines of the file; none when nothing is asked for that an engine would not do anyhow. */
  public String configuration() {
    return wanted ? configuration.toString() : "";
  }

  private void take(Annotation annotation, String value) {
    switch (annotation) {
      case CHECKPOINT -> wanted = truth(annotation, value);
      case TCP -> tcp(value);
      case EXTERNAL_UNIX -> onlyTrue(annotation, value);
      case IRMAP_SCAN_PATH, SKIP_MNT -> list(annotation, value);
      default -> option(annotation, value);
    }
  }

  /** Each takes the other back, which the engine may have been told by a flag. */
  private void tcp(String value) {
    switch (value) {
      case "established" -> line("tcp-established").line("no-tcp-close");
      case "close" -> line("tcp-close").line("no-tcp-established");
      default -> throw wrong(Annotation.TCP, value, "established or close");
    }
  }

  private void option(Annotation annotation, String value) {
    Shape shape = annotation.option().shape();
    if (shape == Shape.FLAG) {
      String name = annotation.option().longName();
      line(truth(annotation, value) ? name : "no-" + name);
    } else if (shape == Shape.SWITCH) {
      onlyTrue(annotation, value);
    } else {
      value(annotation, value);
    }
  }

  private void onlyTrue(Annotation annotation, String value) {
    if (!value.equals(TRUE)) {
      throw wrong(annotation, value, TRUE);
    }
    line(annotation.option().longName());
  }

  private void list(Annotation annotation, String value) {
    for (String path : Words.split(value, ',')) {
      if (!path.startsWith("/")) {
        throw wrong(annotation, value, "absolute paths with commas between them");
      }
      value(annotation, path);
    }
  }

  private void value(Annotation annotation, String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) <= ' ' || "\"\\#".indexOf(value.charAt(i)) >= 0) {
        throw wrong(annotation, value, "no blank, quote, backslash or #");
      }
    }
    if (value.isEmpty()) {
      throw wrong(annotation, value, annotation.option().argument());
    }
    Opt option = annotation.option();
    String line = option.longName() + '=' + value;
    OptionParser.parse(
        List.of("--" + line), "annotation " + name(annotation), new OptionsBuilder());
    line(line);
  }

  private static boolean truth(Annotation annotation, String value) {
    if (!value.equals(TRUE) && !value.equals(FALSE)) {
      throw wrong(annotation, value, TRUE + " or " + FALSE);
    }
    return value.equals(TRUE);
  }

  private ContainerOptions line(String line) {
    configuration.append(line).append('\n');
    return this;
  }

  private static OptionException wrong(Annotation annotation, String value, String allowed) {
    return new OptionException(
        "annotation " + name(annotation) + " cannot be '" + value + "': it takes " + allowed);
  }

  private static String name(Annotation annotation) {
    return Annotation.PREFIX + annotation.suffix();
  }
}
