// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.io.file.PathUtils;

/** A bundle with the files of Podman's counter image, for a checkpoint of Podman's. */
final class RestoredBundle implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ID = "restored";

  private final Path directory;
  private final Path output;

  /** Has the configuration of an archive, with nothing bound. */
  RestoredBundle(PodmanStore store, Path archive) throws IOException {
    directory = Files.createDirectory(store.directory.resolve("bundle"));
    output = directory.resolve("output");
    Path rootfs = Files.createDirectory(directory.resolve("rootfs"));
    String image = directory.resolve("image.tar").toString();
    store.podman("create", "--name", "image", "localhost/counter");
    store.podman("export", "--output", image, "image");
    store.podman("rm", "image");
    sh(
        "tar -C "
            + rootfs
            + " -xf "
            + image
            + "; tar -xzOf "
            + archive
            + " spec.dump >"
            + directory.resolve("config.json"));
    ObjectNode config = config();
    ((ObjectNode) config.get("root")).put("path", rootfs.toString());
    ((ObjectNode) config.get("linux")).put("cgroupsPath", store.cgroupParent() + "/" + ID);
    for (JsonNode mount : config.get("mounts")) {
      String destination = mount.get("destination").asText();
      if (!mount.get("type").asText().equals("bind")) {
        continue;
      }
      // Files of the engine: any will do. The rest has yet to be given a place.
      boolean isFile = destination.startsWith("/etc/") || destination.startsWith("/run/");
      Path source = isFile ? Files.createTempFile(directory, "file", "") : Path.of("/proc");
      ((ObjectNode) mount).put("source", source.toString());
      if (!isFile) {
        ((ObjectNode) mount).put("destination", "/elsewhere" + destination);
      }
    }
    write(config);
  }

  private ObjectNode config() throws IOException {
    return (ObjectNode) JSON.readTree(directory.resolve("config.json").toFile());
  }

  private void write(ObjectNode config) throws IOException {
    JSON.writeValue(directory.resolve("config.json").toFile(), config);
  }

  /** Gives what was bound there an empty directory. */
  void bind(String destination) throws IOException {
    ObjectNode config = config();
    for (JsonNode mount : (ArrayNode) config.get("mounts")) {
      if (mount.get("destination").asText().equals("/elsewhere" + destination)) {
        ((ObjectNode) mount).put("destination", destination);
        ((ObjectNode) mount).put("source", Files.createTempDirectory(directory, "bound") + "");
      }
    }
    write(config);
  }

  /** Restores an archive into it; what the container writes is kept. */
  Engine.Outcome restore(Path archive) throws IOException {
    return restore(archive, ID);
  }

  /** The same under a name that a container of the runtime has. */
  Engine.Outcome restoreAsTaken(Path archive) throws IOException {
    Files.createDirectories(directory.resolve("runc/taken"));
    return restore(archive, "taken");
  }

  private Engine.Outcome restore(Path archive, String name) throws IOException {
    List<String> command = new ArrayList<>(List.of(Settings.torpor().toString(), "container"));
    command.addAll(List.of("restore", archive.toString(), "--bundle", directory.toString()));
    command.addAll(List.of("-n", name, "--root", directory.resolve("runc").toString()));
    int exitCode = run(command);
    return new Engine.Outcome(command, exitCode, Files.readString(output), "");
  }

  private int run(List<String> command) throws IOException {
    try {
      return new ProcessBuilder(command)
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start()
          .waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sh(String script) {
    PodmanStore.Outcome outcome = PodmanStore.run("/bin/sh", "-c", "set -e; " + script);
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    return outcome.output();
  }

  /** What it has written since. */
  String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String runc(String... words) {
    List<String> command = new ArrayList<>(List.of("runc", "--root"));
    command.add(directory.resolve("runc").toString());
    command.addAll(List.of(words));
    PodmanStore.Outcome outcome = PodmanStore.run(command.toArray(String[]::new));
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    return outcome.output();
  }

  /** Runs a command in the container; what it printed. */
  String exec(String... words) {
    List<String> all = new ArrayList<>(List.of("exec", ID));
    all.addAll(List.of(words));
    return runc(all.toArray(String[]::new));
  }

  long pid() throws IOException {
    return JSON.readTree(runc("state", ID)).get("pid").asLong();
  }

  @Override
  public void close() {
    try {
      runc("delete", "--force", ID);
      PathUtils.deleteDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
