// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.oci.Bundle;
import dev.torpor.oci.CheckpointArchive;
import dev.torpor.runtime.archive.UnpackDirectory;
import dev.torpor.runtime.inspect.RecordJson;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code torpor container restore}: an archive into a bundle that is there. The configuration of
 * the container is the bundle's: an archive's would name programs for us to run.
 */
final class RestoreCommand {
  private static final List<String> FLAGS =
      List.of("tcp-established", "tcp-close", "file-locks", "ext-unix-sk", "shell-job");

  private final ContainerArguments arguments;
  private final Path home;
  private final PrintStream out;
  private final Progress progress;

  /**
   * Prepares it.
   *
   * @param home where Torpor is
   */
  RestoreCommand(ContainerArguments arguments, Path home, PrintStream out, Progress progress) {
    this.arguments = arguments;
    this.home = home;
    this.out = out;
    this.progress = progress;
  }

  /** What {@code --json} says. */
  public record Restored(String id, String runtime, String bundle) {}

  void run() throws IOException {
    if (arguments.text("bundle") == null) {
      throw new OptionException(
          "--bundle DIR is missing: a directory with config.json and the root file system");
    }
    Path directory = ContainerArguments.absolute(arguments.text("bundle"));
    Bundle bundle = Bundle.open(directory);
    if (!Files.isDirectory(bundle.rootfs())) {
      throw new OptionException(bundle.rootfs() + " is not there: the bundle is incomplete");
    }
    CheckpointArchive archive = CheckpointArchive.open(arguments.file(), arguments.limits());
    requireWholeCheckpoint(archive);
    String name = name(archive);
    String kind = kind(archive);
    arguments.cgroupsMode();
    String root = arguments.text("root");
    try (UnpackDirectory unpacked = UnpackDirectory.temporary(directory);
        ReturnedFiles files =
            new ReturnedFiles(
                archive,
                bundle,
                arguments.limits(),
                !arguments.on("ignore-rootfs"),
                !arguments.on("ignore-volumes"))) {
      progress.begins("unpacking");
      archive.unpack(
          entry -> entry.name().startsWith("checkpoint/") || files.wants(entry.name()), unpacked);
      progress.done("unpacked", unpacked.path());
      RuntimeCommand runtime =
          new RuntimeCommand(home, kind, root == null ? null : ContainerArguments.absolute(root));
      files.apply(unpacked.path());
      progress.begins("restoring");
      try {
        runtime.run(unpacked.path(), words(directory, unpacked.path(), name));
      } catch (IOException e) {
        throw new IOException(Message.of(e) + files.takeBack(), e);
      }
    }
    if (arguments.on("json")) {
      Restored restored = new Restored(name, kind, directory.toString());
      RecordJson.write(restored, new OutputStreamWriter(out, StandardCharsets.UTF_8));
    } else {
      out.println(name);
    }
  }

  private void requireWholeCheckpoint(CheckpointArchive archive) {
    if (!archive.imageDirectory().equals("checkpoint")) {
      throw new OptionException(
          arguments.file()
              + " is of a pre-checkpoint, which has memory alone: give the archive"
              + " of the checkpoint");
    }
  }

  private String name(CheckpointArchive archive) throws IOException {
    String given = arguments.text("name");
    String name = given == null ? archive.config().id() : given;
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_+.-]{0,127}")) {
      throw new OptionException(
          "a container cannot be called " + name + ": give another name with --name");
    }
    return name;
  }

  private String kind(CheckpointArchive archive) throws IOException {
    String given = arguments.text("runtime");
    String runtime = given == null ? archive.config().runtime() : given;
    String kind = runtime == null ? "runc" : runtime.substring(runtime.lastIndexOf('/') + 1);
    if (!kind.equals("runc") && !kind.equals("crun")) {
      throw new OptionException(
          "the archive is of runtime " + kind + ": give --runtime runc or --runtime crun");
    }
    return kind;
  }

  private List<String> words(Path bundle, Path work, String name) {
    List<String> words = new ArrayList<>(List.of("restore", "--detach"));
    words.addAll(List.of("--bundle", bundle.toString()));
    words.addAll(List.of("--image-path", work.resolve("checkpoint").toString()));
    words.addAll(List.of("--work-path", work.toString()));
    for (String flag : FLAGS) {
      if (arguments.on(flag)) {
        words.add("--" + flag);
      }
    }
    words.addAll(arguments.cgroupsMode());
    words.add(name);
    return words;
  }
}
