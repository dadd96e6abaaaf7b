// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The files that tell Podman and CRI-O of our hooks, one for each stage, oci-hooks(5). All of them
 * are for containers that have an annotation of ours.
 */
final class InstalledHooks {
  /** The only directory that Podman reads without being told; CRI-O reads it too. */
  static final Path DIRECTORY = Path.of("/usr/share/containers/oci/hooks.d");

  private static final String[] STAGES = {"precreate", "createRuntime", "poststop"};

  private final Path directory;

  InstalledHooks(Path directory) {
    this.directory = directory;
  }

  /** Writes the files. What another version made of annotations is forgotten. */
  void install(Path torpor) throws IOException {
    remove();
    Files.createDirectories(directory);
    for (String stage : STAGES) {
      Files.writeString(file(stage), json(torpor.toString(), stage));
    }
    forgetOptions();
  }

  /** Removes the files, those that are there. */
  void remove() throws IOException {
    for (String stage : STAGES) {
      Files.deleteIfExists(file(stage));
    }
  }

  private static void forgetOptions() throws IOException {
    if (Files.isDirectory(OptionsFile.DIRECTORY)) {
      try (Stream<Path> files = Files.list(OptionsFile.DIRECTORY)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private Path file(String stage) {
    return directory.resolve("torpor-" + stage + ".json");
  }

  /**
   * createRuntime becomes a part of the container, and goes with an archive of it to machines where
   * there may be no Torpor: they must be able to start it.
   */
  private static String json(String torpor, String stage) {
    String call =
        stage.equals("createRuntime")
            ? "\"/bin/sh\", \"args\": [\"sh\", \"-c\", \"[ ! -x '%1$s' ] || exec '%1$s' hook %2$s\"]"
            : "\"%1$s\", \"args\": [\"torpor\", \"hook\", \"%2$s\"]";
    return """
           {
             "version": "1.0.0",
             "hook": {"path": %s},
             "when": {"annotations": {"^torpor\\\\.": ".*"}},
             "stages": ["%s"]
           }
           """
        .formatted(call.formatted(torpor, stage), stage);
  }
}
