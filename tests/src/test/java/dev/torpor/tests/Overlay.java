// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.file.PathUtils;

/**
 * An overlayfs of its own, whose lower layer has a directory {@code lower} and a file in it; or an
 * empty tmpfs.
 */
final class Overlay implements AutoCloseable {
  private final Path layers = Files.createTempDirectory("torpor-overlay-");
  final Path root = Files.createDirectory(layers.resolve("root"));

  private Overlay(String type) throws IOException {
    Machine.own(layers.getFileName().toString());
    run("mount", "-t", type, "torpor-test", root.toString());
  }

  static Overlay plainTmpfs() throws IOException {
    return new Overlay("tmpfs");
  }

  Overlay() throws IOException {
    Machine.own(layers.getFileName().toString());
    for (String name : List.of("work", "upper", "low")) {
      Files.createDirectory(layers.resolve(name));
    }
    Files.createDirectory(layers.resolve("low/lower"));
    Files.createFile(layers.resolve("low/lower/file"));
    String options = "lowerdir=" + layers + "/low,upperdir=" + layers + "/upper,workdir=";
    run("mount", "-t", "overlay", "-o", options + layers + "/work", "torpor-test", root.toString());
  }

  private static void run(String... command) throws IOException {
    try {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** A subject that has its files there. */
  Subject with(Subject subject) {
    return new InDirectory(subject, root);
  }

  private record InDirectory(Subject subject, Path place) implements Subject {
    @Override
    public String name() {
      return subject.name();
    }

    @Override
    public List<String> command(Path directory) {
      return subject.command(place);
    }

    @Override
    public void prepare(Path directory) {
      subject.prepare(place);
    }

    @Override
    public long progress(Path directory) {
      return subject.progress(place);
    }

    @Override
    public void forget(Path directory) {
      subject.forget(place);
    }

    @Override
    public String state(Path directory) {
      return subject.state(place);
    }
  }

  @Override
  public void close() throws IOException {
    run("umount", root.toString());
    PathUtils.deleteDirectory(layers);
  }
}
