// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.oci.CheckpointArchive;
import dev.torpor.oci.CheckpointImage;
import dev.torpor.runtime.inspect.ReportReader;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code torpor container build}: an image that holds a checkpoint, as of checkpointctl's build.
 */
final class BuildCommand {
  /** Lower-case names with slashes between them, perhaps a port, a tag: what registries take. */
  private static final String IMAGE =
      "[a-z0-9]+([._-]+[a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
          + "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?";

  private final ContainerArguments arguments;

  BuildCommand(ContainerArguments arguments) {
    this.arguments = arguments;
  }

  void run() throws IOException {
    List<String> words = arguments.words(2, 2);
    String name = words.get(1);
    if (!name.matches(IMAGE)) {
      throw new OptionException(
          "an image cannot be called " + name + ": give one such as localhost/web:monday");
    }
    String output = arguments.text("output");
    if (output == null) {
      throw new OptionException("--output FILE is missing: where the image is to be");
    }
    Path file = ContainerArguments.absolute(words.get(0));
    CheckpointArchive archive = CheckpointArchive.open(file, arguments.limits());
    String engine = ReportReader.engine(archive.spec(), archive.config());
    try (OutputStream out = PrivateFile.create(output)) {
      new CheckpointImage(file, archive).write(withTag(name), engine, out);
    }
  }

  private static String withTag(String name) {
    return name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + ":latest" : name;
  }
}
