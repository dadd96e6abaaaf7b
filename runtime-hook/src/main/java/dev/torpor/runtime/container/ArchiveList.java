// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.oci.ArchiveLimits;
import dev.torpor.oci.CheckpointArchive;
import dev.torpor.oci.OciException;
import dev.torpor.runtime.inspect.ContainerReader;
import dev.torpor.runtime.inspect.RecordJson;
import dev.torpor.runtime.inspect.Report;
import dev.torpor.runtime.inspect.Shown;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The checkpoint archives of a directory: those of the kubelet are in its checkpoints. */
final class ArchiveList {
  private static final String ROW = "%-24s %-24s %-12s %-32s %10s  %s%n";

  private final Path directory;
  private final ArchiveLimits limits;

  ArchiveList(Path directory, ArchiveLimits limits) {
    this.directory = directory;
    this.limits = limits;
  }

  /** An archive, or why a file with such a name is none. */
  public record Archive(
      String file,
      String name,
      String pod,
      String engine,
      String checkpointed,
      long lengthBytes,
      String problem) {}

  void print(boolean json, Writer out) throws IOException {
    List<Archive> archives = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "*.{tar,tar.gz,tgz,tar.zst}")) {
      for (Path file : files) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          archives.add(read(file));
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException(directory + ": is not there: name the directory of archives", e);
    }
    archives.sort((a, b) -> a.file.compareTo(b.file));
    if (json) {
      RecordJson.write(archives, out);
      return;
    }
    out.write(ROW.formatted("NAME", "POD", "ENGINE", "CHECKPOINTED", "SIZE", "FILE"));
    for (Archive each : archives) {
      out.write(row(each));
    }
    out.flush();
  }

  private static String row(Archive each) {
    return ROW.formatted(
        text(each.name),
        text(each.pod),
        text(each.engine),
        text(each.checkpointed),
        Shown.size(each.lengthBytes),
        Shown.terminal(each.problem == null ? each.file : each.problem));
  }

  private static String text(String text) {
    return text == null ? "-" : Shown.terminal(text);
  }

  private Archive read(Path file) throws IOException {
    String name = file.getFileName().toString();
    long lengthBytes = Files.size(file);
    try {
      Report.Container container = ContainerReader.read(CheckpointArchive.open(file, limits));
      return new Archive(
          name,
          container.name(),
          container.pod(),
          container.engine(),
          container.checkpointed(),
          lengthBytes,
          null);
    } catch (OciException e) {
      return new Archive(name, null, null, null, null, lengthBytes, e.getMessage());
    }
  }
}
