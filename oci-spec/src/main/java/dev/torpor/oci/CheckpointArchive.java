// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * A checkpoint that Podman, CRI-O or containerd exported: a tar, plain, gzipped or by zstd.
 *
 * <pre>
 * checkpoint/            image files (pre-checkpoint/ for podman --pre-checkpoint)
 * config.dump            the engine's container configuration
 * spec.dump              the OCI configuration
 * stats-dump             statistics of the dump
 * rootfs-diff.tar        what changed in the root file system
 * deleted.files          JSON array of paths
 * network.status         addresses (Podman)
 * dump.log               of the dump (CRI-O, containerd)
 * volumes/NAME.tar  devshm-checkpoint.tar  ctr.log  artifacts ...
 * </pre>
 *
 * <p>An archive comes from elsewhere, so it is checked as a whole before anything of it is used:
 * only regular files and directories with relative names that stay inside, none of them twice, not
 * more of them than {@link ArchiveLimits} has.
 */
public final class CheckpointArchive {
  private static final TypeReference<List<String>> STRINGS = new TypeReference<>() {};
  private static final Set<String> KEPT =
      Set.of("config.dump", "spec.dump", "network.status", "deleted.files");
  private static final String LOG = "dump.log";
  private static final String ROOT_FILES = "rootfs-diff.tar";

  /** Of a log; what follows is left out. */
  private static final int MOST_LOG_BYTES = 4 << 20;

  /**
   * One regular file.
   *
   * @param name path inside the archive, without a leading {@code ./}
   * @param lengthBytes its length
   */
  public record Entry(String name, long lengthBytes) {
    /** Whether engines are known to write such a file; others are never unpacked. */
    public boolean isKnown() {
      return ArchiveLayout.knows(name);
    }
  }

  /** Takes what is unpacked. */
  @FunctionalInterface
  public interface Target {
    /**
     * Begins a file.
     *
     * @param directory one of the layout's, empty for none
     * @param name without a directory
     */
    OutputStream create(String directory, String name) throws IOException;
  }

  /** Is shown each regular file, whose content stands next in the tar. */
  @FunctionalInterface
  private interface Visitor {
    void visit(Entry entry, TarArchiveEntry head, GuardedTar tar) throws IOException;
  }

  private final Path file;
  private final ArchiveLimits limits;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, byte[]> kept = new HashMap<>();
  private String log;
  private long writtenMillis = -1;
  private RootFiles rootFiles = RootFiles.none();

  private CheckpointArchive(Path file, ArchiveLimits limits) {
    this.file = file;
    this.limits = limits;
  }

  /** Reads an archive through to its end, within the default limits. */
  public static CheckpointArchive open(Path file) throws OciException {
    return open(file, ArchiveLimits.DEFAULT);
  }

  /**
   * Reads an archive through to its end.
   *
   * @throws OciException naming the entry, if it is damaged or holds what it must not
   */
  public static CheckpointArchive open(Path file, ArchiveLimits limits) throws OciException {
    CheckpointArchive archive = new CheckpointArchive(file, limits);
    archive.read(archive::keep);
    if (archive.images().isEmpty()) {
      throw new OciException(
          file.toString(), "has no checkpoint/ directory: this is no container checkpoint");
    }
    return archive;
  }

  private void read(Visitor visitor) throws OciException {
    Set<String> names = new HashSet<>();
    try (GuardedTar tar = new GuardedTar(file.toString(), Files.newInputStream(file), limits)) {
      TarArchiveEntry head;
      while ((head = tar.next()) != null) {
        String name = safeName(head);
        if (name.isEmpty() || head.isDirectory()) {
          continue;
        }
        if (!names.add(name)) {
          throw refused(name, "occurs twice");
        }
        visitor.visit(new Entry(name, head.getSize()), head, tar);
      }
    } catch (OciException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new OciException(file.toString(), "is not there: check the name", e);
    } catch (IOException | RuntimeException e) {
      // Decompressors and the tar reader throw either kind at bytes they do not like.
      throw new OciException(
          file.toString(), "cannot be read as tar: " + e.getMessage() + "; export it again", e);
    }
  }

  private void keep(Entry entry, TarArchiveEntry head, GuardedTar tar) throws IOException {
    entries.add(entry);
    String name = entry.name;
    if (name.equals("checkpoint/inventory.img")) {
      writtenMillis = head.getLastModifiedTime().toMillis();
    }
    if (KEPT.contains(name)) {
      kept.put(name, tar.content(head, EngineJson.MAX_BYTES));
    } else if (name.equals(LOG)) {
      log = new String(tar.content().readNBytes(MOST_LOG_BYTES), StandardCharsets.UTF_8);
    } else if (name.equals(ROOT_FILES)) {
      rootFiles = RootFiles.read(label(name), tar.content(), limits);
    }
  }

  /**
   * Unpacks files that engines are known to write, and no others. The archive is checked anew on
   * the way: it is read a second time, and may be another by then.
   *
   * @param wanted which of them
   */
  public void unpack(Predicate<Entry> wanted, Target target) throws OciException {
    read(
        (entry, head, tar) -> {
          if (!entry.isKnown() || !wanted.test(entry)) {
            return;
          }
          int slash = entry.name.indexOf('/');
          String directory = slash < 0 ? "" : entry.name.substring(0, slash);
          try (OutputStream out = target.create(directory, entry.name.substring(slash + 1))) {
            if (tar.content().transferTo(out) != entry.lengthBytes) {
              throw refused(entry.name, "is shorter than it says");
            }
          }
        });
  }

  private String safeName(TarArchiveEntry entry) throws OciException {
    String name = entry.getName();
    String type = RootFiles.type(entry);
    if (!type.equals("file") && !type.equals("directory")) {
      throw refused(name, "is a " + type + ", only files and directories may be in there");
    }
    if (name.startsWith("/")) {
      throw refused(name, "has an absolute name");
    }
    StringBuilder clean = new StringBuilder();
    int start = 0;
    while (start < name.length()) {
      int slash = name.indexOf('/', start);
      int end = slash < 0 ? name.length() : slash;
      String part = name.substring(start, end);
      if (part.equals("..")) {
        throw refused(name, "leads out of the archive");
      }
      if (!part.isEmpty() && !part.equals(".")) {
        clean.append(clean.length() == 0 ? "" : "/").append(part);
      }
      start = end + 1;
    }
    String cleanName = clean.toString();
    if (ArchiveLayout.isImage(cleanName)
        && type.equals("file")
        && !ArchiveLayout.knows(cleanName)) {
      throw refused(name, "is no name that an image can have");
    }
    return cleanName;
  }

  private OciException refused(String entry, String problem) {
    return new OciException(file + " entry " + entry, problem + ": do not trust this archive");
  }

  /** All regular files, in the archive's order. */
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  /** The image files, in the archive's order. */
  public List<Entry> images() {
    List<Entry> images = new ArrayList<>();
    for (Entry entry : entries) {
      if (ArchiveLayout.isImage(entry.name)) {
        images.add(entry);
      }
    }
    return images;
  }

  /** The directory that the images are in: {@code checkpoint} or {@code pre-checkpoint}. */
  public String imageDirectory() {
    String name = images().get(0).name;
    return name.substring(0, name.indexOf('/'));
  }

  /** Whether it has a file of a name. */
  public boolean has(String name) {
    for (Entry entry : entries) {
      if (entry.name.equals(name)) {
        return true;
      }
    }
    return false;
  }

  /** The engine's container configuration. */
  public CheckpointConfig config() throws OciException {
    return CheckpointConfig.parse(label("config.dump"), required("config.dump"));
  }

  /** The OCI configuration. */
  public RuntimeSpec spec() throws OciException {
    return RuntimeSpec.parse(label("spec.dump"), required("spec.dump"));
  }

  /** Networks by name; none when the archive does not say. */
  public Map<String, NetworkStatus> networkStatus() throws OciException {
    byte[] status = optional("network.status");
    return status == null ? Map.of() : NetworkStatus.parse(label("network.status"), status);
  }

  /** Paths that were deleted from the root file system; none when the archive does not say. */
  public List<String> deletedFiles() throws OciException {
    byte[] deleted = optional("deleted.files");
    return deleted == null ? List.of() : EngineJson.parse(label("deleted.files"), deleted, STRINGS);
  }

  /** What changed in the root file system. */
  public RootFiles rootFiles() {
    return rootFiles;
  }

  /** When the dump wrote its last image, in ms since 1970; -1 if that is not there. */
  public long writtenMillis() {
    return writtenMillis;
  }

  /** The log of the dump, its first 4 MiB; null when the archive has none. */
  public String log() {
    return log;
  }

  private String label(String entry) {
    return file + " entry " + entry;
  }

  /** Podman writes null for a list that it does not have, as Go does. */
  private byte[] optional(String entry) {
    byte[] content = kept.get(entry);
    boolean isNull =
        content != null && new String(content, StandardCharsets.UTF_8).strip().equals("null");
    return isNull ? null : content;
  }

  private byte[] required(String entry) throws OciException {
    byte[] content = kept.get(entry);
    if (content == null) {
      throw new OciException(file.toString(), "has no " + entry + ": the export is incomplete");
    }
    return content;
  }
}
