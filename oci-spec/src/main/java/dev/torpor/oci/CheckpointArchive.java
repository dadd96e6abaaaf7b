// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A checkpoint that Podman, CRI-O or containerd exported: a tar, plain or gzipped.
 *
 * <pre>
 * checkpoint/            image files (pre-checkpoint/ for podman --pre-checkpoint)
 * config.dump            the engine's container configuration
 * spec.dump              the OCI configuration
 * stats-dump             statistics of the dump
 * rootfs-diff.tar        what changed in the root file system
 * deleted.files          JSON array of paths
 * network.status         addresses (Podman)
 * volumes/NAME.tar  devshm-checkpoint.tar  ctr.log  artifacts ...
 * </pre>
 *
 * <p>An archive comes from elsewhere, so it is checked as a whole before anything of it is used:
 * only regular files and directories with relative names that stay inside, none of them twice.
 */
public final class CheckpointArchive {
  private static final TypeReference<List<String>> STRINGS = new TypeReference<>() {};
  private static final Set<String> JSON_ENTRIES =
      Set.of("config.dump", "spec.dump", "network.status", "deleted.files");
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int ZSTD_MAGIC = 0x28b5;

  /**
   * One regular file.
   *
   * @param name path inside the archive, without a leading {@code ./}
   * @param lengthBytes its length
   */
  public record Entry(String name, long lengthBytes) {}

  private final Path file;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, byte[]> json = new HashMap<>();

  private CheckpointArchive(Path file) {
    this.file = file;
  }

  /**
   * Reads an archive through to its end.
   *
   * @throws OciException naming the entry, if it is damaged or holds what it must not
   */
  public static CheckpointArchive open(Path file) throws OciException {
    CheckpointArchive archive = new CheckpointArchive(file);
    try (InputStream plain = new BufferedInputStream(Files.newInputStream(file));
        InputStream stream = decompressed(file, plain);
        TarArchiveInputStream tar = new TarArchiveInputStream(stream)) {
      archive.scan(tar);
    } catch (OciException e) {
      throw e;
    } catch (IOException e) {
      throw new OciException(
          file.toString(), "cannot be read as tar: " + e.getMessage() + "; export it again", e);
    }
    if (archive.images().isEmpty()) {
      throw new OciException(
          file.toString(), "has no checkpoint/ directory: this is no container checkpoint");
    }
    return archive;
  }

  private static InputStream decompressed(Path file, InputStream stream) throws IOException {
    stream.mark(2);
    int magic = stream.read() << 8 | stream.read();
    stream.reset();
    if (magic == ZSTD_MAGIC) {
      throw new OciException(
          file.toString(),
          "is compressed with zstd: unpack it with zstd -d, or export with --compress=none");
    }
    return magic == GZIP_MAGIC ? new GZIPInputStream(stream) : stream;
  }

  private void scan(TarArchiveInputStream tar) throws IOException {
    Set<String> names = new HashSet<>();
    TarArchiveEntry entry;
    while ((entry = tar.getNextEntry()) != null) {
      String name = safeName(entry);
      if (name.isEmpty() || entry.isDirectory()) {
        continue;
      }
      if (!names.add(name)) {
        throw refused(name, "occurs twice");
      }
      entries.add(new Entry(name, entry.getSize()));
      if (JSON_ENTRIES.contains(name)) {
        json.put(name, content(tar, entry, name));
      }
    }
  }

  private byte[] content(TarArchiveInputStream tar, TarArchiveEntry entry, String name)
      throws IOException {
    if (entry.getSize() > EngineJson.MAX_BYTES) {
      throw refused(name, "is larger than 16 MiB");
    }
    byte[] content = tar.readNBytes((int) entry.getSize());
    if (content.length < entry.getSize()) {
      throw refused(name, "ends after " + content.length + " of " + entry.getSize() + " bytes");
    }
    return content;
  }

  private String safeName(TarArchiveEntry entry) throws OciException {
    String name = entry.getName();
    if (!entry.isDirectory() && !isRegular(entry)) {
      throw refused(name, "is a " + kind(entry) + ", only files and directories may be in there");
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
    return clean.toString();
  }

  private static boolean isRegular(TarArchiveEntry entry) {
    // isFile() is also true for what it does not know.
    byte flag = entry.getLinkFlag();
    return flag == TarArchiveEntry.LF_NORMAL || flag == TarArchiveEntry.LF_OLDNORM;
  }

  private static String kind(TarArchiveEntry entry) {
    if (entry.isSymbolicLink()) {
      return "symbolic link";
    }
    if (entry.isLink()) {
      return "hard link";
    }
    if (entry.isFIFO()) {
      return "fifo";
    }
    if (entry.isCharacterDevice() || entry.isBlockDevice()) {
      return "device";
    }
    return "entry of type '" + (char) entry.getLinkFlag() + "'";
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
      if (entry.name.startsWith("checkpoint/") || entry.name.startsWith("pre-checkpoint/")) {
        images.add(entry);
      }
    }
    return images;
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
    byte[] status = json.get("network.status");
    return status == null ? Map.of() : NetworkStatus.parse(label("network.status"), status);
  }

  /** Paths that were deleted from the root file system; none when the archive does not say. */
  public List<String> deletedFiles() throws OciException {
    byte[] deleted = json.get("deleted.files");
    return deleted == null ? List.of() : EngineJson.parse(label("deleted.files"), deleted, STRINGS);
  }

  private String label(String entry) {
    return file + " entry " + entry;
  }

  private byte[] required(String entry) throws OciException {
    byte[] content = json.get(entry);
    if (content == null) {
      throw new OciException(file.toString(), "has no " + entry + ": the export is incomplete");
    }
    return content;
  }
}
