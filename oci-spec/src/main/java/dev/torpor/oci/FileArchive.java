// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * An archive of files within a checkpoint, such as {@code rootfs-diff.tar}, that lies by itself.
 */
public final class FileArchive {
  /** What a decoder makes of bytes that are no UTF-8. */
  private static final char REPLACEMENT = 0xfffd;

  private final Path file;
  private final String name;
  private final ArchiveLimits limits;

  /**
   * Names one.
   *
   * @param name for messages
   */
  public FileArchive(Path file, String name, ArchiveLimits limits) {
    this.file = file;
    this.name = name;
    this.limits = limits;
  }

  /** Is shown each entry. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Looks at one.
     *
     * @param path its name, relative and without {@code .} and {@code ..}, empty for the root
     * @param content of a file
     */
    void visit(String path, TarArchiveEntry entry, InputStream content) throws IOException;
  }

  /**
   * Reads it through.
   *
   * @throws OciException if it is damaged, holds too much, or a name that leads out of it
   */
  public void read(Visitor visitor) throws IOException {
    try (GuardedTar tar = new GuardedTar(name, Files.newInputStream(file), limits)) {
      TarArchiveEntry entry;
      while ((entry = tar.next()) != null) {
        visitor.visit(cleanPath(entry.getName()), entry, tar.content());
      }
    } catch (IllegalArgumentException e) {
      throw new OciException(name, "cannot be read as tar: " + e.getMessage(), e);
    }
  }

  /**
   * A name without empty parts and dots.
   *
   * @throws OciException if it leads out
   */
  public String cleanPath(String given) throws OciException {
    StringBuilder clean = new StringBuilder();
    for (String part : given.split("/")) {
      if (part.equals("..")) {
        throw refused(given, "leads out of it");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        clean.append(clean.length() == 0 ? "" : "/").append(part);
      }
    }
    if (given.indexOf(REPLACEMENT) >= 0 || given.indexOf('\0') >= 0) {
      throw refused(given, "has a name that is no UTF-8");
    }
    return clean.toString();
  }

  /** An error about an entry. */
  public OciException refused(String entry, String problem) {
    return new OciException(
        name + " entry " + entry, problem + ": it is not unpacked, see --ignore-rootfs");
  }
}
