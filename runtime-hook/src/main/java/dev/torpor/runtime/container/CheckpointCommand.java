// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.error.TorporException;
import dev.torpor.oci.ArchiveWriter;
import dev.torpor.oci.CheckpointConfig;
import dev.torpor.oci.DockerContainer;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.runtime.inspect.ContainerReader;
import dev.torpor.runtime.inspect.RecordJson;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;

/**
 * {@code torpor container checkpoint}: a container of runc or crun into an archive, with what its
 * engine would have put there.
 */
final class CheckpointCommand {
  private static final String IMAGES = "checkpoint";

  /** Passed on as they are. */
  private static final List<String> FLAGS =
      List.of(
          "leave-running",
          "tcp-established",
          "tcp-skip-in-flight",
          "file-locks",
          "ext-unix-sk",
          "shell-job",
          "link-remap");

  private final ContainerArguments arguments;
  private final Path home;
  private final PrintStream out;
  private final Progress progress;

  /**
   * Prepares it.
   *
   * @param home where Torpor is
   */
  CheckpointCommand(ContainerArguments arguments, Path home, PrintStream out, Progress progress) {
    this.arguments = arguments;
    this.home = home;
    this.out = out;
    this.progress = progress;
  }

  /**
   * What {@code --json} says.
   *
   * @param name its engine's, null if it has none
   * @param lengthBytes of the archive
   */
  public record Written(String id, String name, String archive, long lengthBytes) {}

  void run() throws IOException {
    String name = arguments.words(1, 1).get(0);
    if (arguments.text("export") == null) {
      throw new OptionException("--export FILE is missing: the archive to write");
    }
    Path archive = ContainerArguments.absolute(arguments.text("export"));
    ArchiveWriter.Compression compression = compression();
    arguments.cgroupsMode();
    String root = arguments.text("root");
    RuntimeContainer container =
        new RuntimeContainers(root == null ? null : ContainerArguments.absolute(root))
            .running(name);
    RuntimeSpec spec = container.openBundle().spec();
    EngineFiles files =
        new EngineFiles(
            container, spec, !arguments.on("ignore-rootfs"), !arguments.on("ignore-volumes"));
    Path work = Files.createTempDirectory(archive.getParent(), ".torpor-checkpoint-");
    try {
      dump(container, files, work);
      progress.begins("writing " + archive);
      write(archive, compression, container, files, work);
      progress.done("written", archive);
    } catch (IOException | TorporException e) {
      if (!container.runs()) {
        throw new IOException(
            Message.of(e)
                + ": the container has ended, what there is of its images is in "
                + work.resolve(IMAGES)
                + " and can be restored from there",
            e);
      }
      PathUtils.deleteDirectory(work);
      throw e;
    }
    PathUtils.deleteDirectory(work);
    if (arguments.on("json")) {
      Written written =
          new Written(container.id(), files.name(), archive + "", Files.size(archive));
      RecordJson.write(written, new OutputStreamWriter(out, StandardCharsets.UTF_8));
    } else {
      out.println(container.id());
    }
  }

  private void dump(RuntimeContainer container, EngineFiles files, Path work) throws IOException {
    RuntimeCommand runtime = new RuntimeCommand(home, container.kind(), container.root());
    List<String> words = words(container, work);
    if (files.isEmpty()) {
      progress.begins("dumping");
      runtime.run(work, words);
      progress.done("dumped", work.resolve(IMAGES));
      return;
    }
    progress.begins("pausing, reading its files");
    try (PausedContainer paused = PausedContainer.of(container, runtime.link(work), words)) {
      files.collect(work);
      progress.done("read", work);
      paused.checkpoint();
      progress.done("dumped", work.resolve(IMAGES));
    }
  }

  private ArchiveWriter.Compression compression() {
    String given = arguments.text("compress");
    for (ArchiveWriter.Compression each : ArchiveWriter.Compression.values()) {
      if (given == null || each.name().toLowerCase(Locale.ROOT).equals(given)) {
        return each;
      }
    }
    throw new OptionException("--compress " + given + ": there are none, gzip and zstd");
  }

  private List<String> words(RuntimeContainer container, Path work) {
    List<String> words = new ArrayList<>(List.of("checkpoint"));
    words.addAll(List.of("--image-path", work.resolve(IMAGES).toString()));
    words.addAll(List.of("--work-path", work.toString()));
    for (String flag : FLAGS) {
      if (arguments.on(flag)) {
        words.add("--" + flag);
      }
    }
    words.addAll(arguments.cgroupsMode());
    words.add(container.id());
    return words;
  }

  private static void write(
      Path archive,
      ArchiveWriter.Compression compression,
      RuntimeContainer container,
      EngineFiles files,
      Path work)
      throws IOException {
    Path unfinished = work.resolve("archive");
    try (ArchiveWriter tar =
        new ArchiveWriter(PrivateFile.create(unfinished.toString()), compression)) {
      tar.directory(IMAGES);
      try (DirectoryStream<Path> images = Files.newDirectoryStream(work.resolve(IMAGES))) {
        for (Path image : images) {
          tar.file(IMAGES + '/' + image.getFileName(), image);
        }
      }
      for (String name : List.of("dump.log", "stats-dump")) {
        if (Files.exists(work.resolve(name))) {
          tar.file(name, work.resolve(name));
        }
      }
      tar.file("config.dump", config(container, files));
      tar.file("spec.dump", files.spec().toJson());
      files.add(tar);
    }
    Files.move(unfinished, archive, StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] config(RuntimeContainer container, EngineFiles files) throws IOException {
    if (files.podman() != null) {
      return files.podman().config();
    }
    String name = files.name();
    DockerContainer docker = DockerContainer.of(container.id(), container.rootfs());
    return new CheckpointConfig(
            container.id(),
            name == null ? container.id() : name,
            docker == null ? null : docker.image(),
            docker == null ? null : docker.imageId(),
            container.kind(),
            container.created(),
            Instant.now().toString(),
            Map.of(ContainerReader.ENGINE, container.engine()))
        .toJson();
  }
}
