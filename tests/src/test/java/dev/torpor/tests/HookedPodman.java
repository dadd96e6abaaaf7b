// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A Podman that reads the hooks of the built program, and what they leave in /run. */
final class HookedPodman implements AutoCloseable {
  private static final Path RUN = Path.of("/run/torpor");

  /** Where files with the options of containers are. */
  static final Path OPTIONS = RUN.resolve("options");

  static final Path CONTAINERS = RUN.resolve("containers");

  final PodmanStore store = new PodmanStore();
  private final Path hooks = store.directory.resolve("hooks.d");
  private final Set<String> optionsBefore = names(OPTIONS);

  HookedPodman() {
    assertThat(torpor("hook", "install", hooks.toString())).isEmpty();
    store.use(Engine.TORPOR);
  }

  /** Runs podman; it must succeed. */
  String podman(String... arguments) {
    return store.podman(withHooks(arguments));
  }

  PodmanStore.Outcome tryPodman(String... arguments) {
    return store.tryPodman(withHooks(arguments));
  }

  private String[] withHooks(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--hooks-dir", hooks.toString()));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }

  /** Runs the built program; it must succeed. */
  static String torpor(String... arguments) {
    try {
      List<String> command = new ArrayList<>(List.of(Settings.torpor().toString()));
      command.addAll(List.of(arguments));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Set<String> names(Path directory) {
    String[] names = directory.toFile().list();
    return names == null ? Set.of() : new HashSet<>(Arrays.asList(names));
  }

  /** Removes what the next boot would, as far as it was not there before. */
  @Override
  public void close() {
    store.close();
    torpor("hook", "poststop");
    try {
      for (String name : names(OPTIONS)) {
        if (!optionsBefore.contains(name)) {
          Files.delete(OPTIONS.resolve(name));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Path directory : List.of(OPTIONS, CONTAINERS, RUN)) {
      if (names(directory).isEmpty()) {
        directory.toFile().delete();
      }
    }
  }
}
