// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build and {@code ./test} put what the tests run. */
final class Settings {
  private Settings() {}

  /** A compiled program of {@code tests/programs}. */
  static Path program(String name) {
    return existing(Path.of(property("torpor.programs"), name), "run mvn process-test-resources");
  }

  /** A file of the tests module, as kept in the source tree. */
  static Path source(String name) {
    return existing(Path.of(property("torpor.sources"), name), "it belongs to the source tree");
  }

  /** The text of one. */
  static String text(String name) {
    try {
      return Files.readString(source(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path torpor() {
    return existing(Path.of(property("torpor.bin")), "build it with mvn package");
  }

  /** The reference: CRIU 4.2 or newer. */
  static Path criu() {
    return existing(environment("TORPOR_TEST_CRIU"), "run ./test, which makes it");
  }

  static Path crit() {
    return existing(environment("TORPOR_TEST_CRIT"), "run ./test, which makes it");
  }

  /** The reference's crun, beside its CRIU. */
  static Path crun() {
    return existing(criu().resolveSibling("crun"), "run ./test, which makes it");
  }

  /** Debian 12's crun, which is built without CRIU. */
  static Path stableCrun() {
    return existing(environment("TORPOR_TEST_STABLE_CRUN"), "run ./test, which fetches it");
  }

  /** Container engines of Debian 12 and of sid, in directories of their own. */
  static Path engines() {
    return existing(environment("TORPOR_TEST_ENGINES"), "run ./test, which fetches them");
  }

  private static Path environment(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: run the tests through ./test");
    }
    return Path.of(value);
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: run the tests through Maven");
    }
    return value;
  }

  private static Path existing(Path path, String remedy) {
    if (!Files.exists(path)) {
      throw new IllegalStateException(path + " does not exist: " + remedy);
    }
    return path;
  }
}
