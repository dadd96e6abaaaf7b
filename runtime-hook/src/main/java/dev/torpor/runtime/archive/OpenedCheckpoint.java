// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.archive;

import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageStore;
import dev.torpor.oci.ArchiveLimits;
import dev.torpor.oci.CheckpointArchive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A checkpoint to look at: an archive, whose images are unpacked for as long as this is open, or a
 * directory of images, or one that has such a directory under the name it has in archives.
 */
public final class OpenedCheckpoint implements AutoCloseable {
  private static final String LOG = "dump.log";
  private static final int MOST_LOG_BYTES = 4 << 20;

  private final Path source;
  private final CheckpointArchive archive;
  private final UnpackDirectory unpacked;
  private final Path outer;
  private final Path inner;

  private OpenedCheckpoint(
      Path source, CheckpointArchive archive, UnpackDirectory unpacked, Path outer, Path inner) {
    this.source = source;
    this.archive = archive;
    this.unpacked = unpacked;
    this.outer = outer;
    this.inner = inner;
  }

  /**
   * Opens one.
   *
   * @param source archive or directory
   * @param limits of an archive
   * @param temporary where a directory is made to unpack to
   * @param wanted which of an archive's images are needed
   */
  public static OpenedCheckpoint open(
      Path source, ArchiveLimits limits, Path temporary, Predicate<CheckpointArchive.Entry> wanted)
      throws IOException {
    if (Files.isDirectory(source)) {
      return ofDirectory(source);
    }
    CheckpointArchive archive = CheckpointArchive.open(source, limits);
    String images = archive.imageDirectory() + '/';
    Predicate<CheckpointArchive.Entry> needed =
        entry ->
            entry.name().equals("stats-dump")
                || (entry.name().startsWith(images) && wanted.test(entry));
    UnpackDirectory unpacked = UnpackDirectory.temporary(temporary);
    try {
      long lengthBytes = 0;
      for (CheckpointArchive.Entry entry : archive.entries()) {
        lengthBytes += needed.test(entry) ? entry.lengthBytes() : 0;
      }
      unpacked.require(lengthBytes);
      archive.unpack(needed, unpacked);
      Path inner = unpacked.path().resolve(archive.imageDirectory());
      return new OpenedCheckpoint(source, archive, unpacked, unpacked.path(), inner);
    } catch (IOException | RuntimeException e) {
      unpacked.close();
      throw e;
    }
  }

  private static OpenedCheckpoint ofDirectory(Path source) throws IOException {
    for (String name : List.of("checkpoint", "pre-checkpoint")) {
      Path inner = source.resolve(name);
      if (Files.isDirectory(inner, LinkOption.NOFOLLOW_LINKS)) {
        return new OpenedCheckpoint(source, null, null, source, inner);
      }
    }
    try (DirectoryStream<Path> images = Files.newDirectoryStream(source, "*.img")) {
      if (!images.iterator().hasNext()) {
        throw new IOException(
            source + ": has no images, and no directory checkpoint: name one that has");
      }
    }
    return new OpenedCheckpoint(source, null, null, source, source);
  }

  /** What was given. */
  public Path source() {
    return source;
  }

  /** Null for a directory. */
  public CheckpointArchive archive() {
    return archive;
  }

  /** The images. */
  public ImageStore images() throws IOException {
    return DirectoryImages.of(ImageDirectory.at(inner));
  }

  /** Where statistics are: beside the images, or beside their directory. */
  public ImageStore statistics() throws IOException {
    Path beside = Files.exists(inner.resolve("stats-dump")) ? inner : outer;
    return DirectoryImages.of(ImageDirectory.at(beside));
  }

  /** Names and lengths of what the archive or directory has. */
  public List<CheckpointArchive.Entry> files() throws IOException {
    if (archive != null) {
      return archive.entries();
    }
    List<CheckpointArchive.Entry> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(inner)) {
      for (Path file : all) {
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          files.add(new CheckpointArchive.Entry(file.getFileName().toString(), Files.size(file)));
        }
      }
    }
    files.sort((a, b) -> a.name().compareTo(b.name()));
    return files;
  }

  /** When the dump wrote its last image, in ms since 1970; -1 if that is not there. */
  public long writtenMillis() throws IOException {
    if (archive != null) {
      return archive.writtenMillis();
    }
    Path inventory = inner.resolve("inventory.img");
    return Files.exists(inventory) ? Files.getLastModifiedTime(inventory).toMillis() : -1;
  }

  /** Lines of the dump's log, none if there is none. */
  public List<String> log() throws IOException {
    if (archive != null) {
      return archive.log() == null ? List.of() : archive.log().lines().toList();
    }
    for (Path directory : List.of(inner, outer)) {
      Path log = directory.resolve(LOG);
      if (Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
        try (InputStream in = Files.newInputStream(log, LinkOption.NOFOLLOW_LINKS)) {
          byte[] beginning = in.readNBytes(MOST_LOG_BYTES);
          return new String(beginning, StandardCharsets.UTF_8).lines().toList();
        }
      }
    }
    return List.of();
  }

  @Override
  public void close() {
    if (unpacked != null) {
      unpacked.close();
    }
  }
}
