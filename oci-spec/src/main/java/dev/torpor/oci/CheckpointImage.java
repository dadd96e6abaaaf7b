// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A container image that holds a checkpoint: the archive is its one layer, and annotations tell
 * engines what it is, those of Podman (libpod/define/annotations.go), CRI-O and containerd (lib of
 * checkpointctl). Written as an OCI image layout in a tar, which {@code podman load}, {@code ctr
 * images import} and {@code skopeo copy oci-archive:} take.
 */
public final class CheckpointImage {
  private static final String PODMAN = "io.podman.annotations.checkpoint.";
  private static final String CRI_O = "io.kubernetes.cri-o.annotations.checkpoint.name";
  private static final String CRIU = "org.criu.checkpoint.";
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";
  private static final String BLOBS = "blobs/sha256/";

  private final Path archiveFile;
  private final CheckpointArchive archive;

  /** A blob and where others find it. */
  private record Blob(String mediaType, String digest, long size) {
    Map<String, Object> descriptor() {
      return Map.of("mediaType", mediaType, "digest", "sha256:" + digest, "size", size);
    }
  }

  /**
   * Of an archive that was read through, {@link CheckpointArchive#open(Path)}.
   *
   * @param archiveFile where it is
   */
  public CheckpointImage(Path archiveFile, CheckpointArchive archive) {
    this.archiveFile = archiveFile;
    this.archive = archive;
  }

  /**
   * Writes it; the same archive and name give the same bytes.
   *
   * @param name of the image: {@code localhost/web:monday}
   * @param engine that wrote the archive, as {@code Podman}
   * @param out closed when it is written
   */
  public void write(String name, String engine, OutputStream out) throws IOException {
    Map<String, String> annotations = annotations(engine);
    Blob layer = new Blob(LAYER + compression(), digest(false), Files.size(archiveFile));
    byte[] config = EngineJson.write(config(digest(true)));
    Blob configBlob = blob(CONFIG, config);
    byte[] manifest = EngineJson.write(manifest(configBlob, layer, annotations));
    Blob manifestBlob = blob(MANIFEST, manifest);
    try (ArchiveWriter tar =
        new ArchiveWriter(out, ArchiveWriter.Compression.NONE, writtenMillis())) {
      tar.file("oci-layout", EngineJson.write(Map.of("imageLayoutVersion", "1.0.0")));
      tar.file("index.json", EngineJson.write(index(name, manifestBlob, annotations)));
      tar.file(BLOBS + configBlob.digest, config);
      tar.file(BLOBS + manifestBlob.digest, manifest);
      tar.file(BLOBS + layer.digest, archiveFile);
    }
  }

  private long writtenMillis() {
    return Math.max(archive.writtenMillis(), 0);
  }

  private Map<String, String> annotations(String engine) throws OciException {
    CheckpointConfig config = archive.config();
    Map<String, String> all = new LinkedHashMap<>();
    for (String key : List.of(PODMAN + "name", CRI_O, CRIU + "container.name")) {
      put(all, key, config.name() == null ? config.id() : config.name());
    }
    put(all, PODMAN + "rootfsImageName", config.rootfsImageName());
    put(all, PODMAN + "rawImageName", config.rootfsImageName());
    put(all, PODMAN + "rootfsImageID", rootfsImageId(config));
    put(all, PODMAN + "runtime.name", runtime(config));
    put(all, PODMAN + "host.arch", architecture());
    put(all, CRIU + "engine.name", engine);
    put(all, CRIU + "rootfsImageName", config.rootfsImageName());
    put(all, CRIU + "runtime.name", runtime(config));
    return all;
  }

  /** Podman's own name of it is another than that of the others. */
  private static String rootfsImageId(CheckpointConfig config) {
    Object podman = config.other().get("rootfsImageID");
    return podman instanceof String id ? id : config.rootfsImageRef();
  }

  /** Podman writes a path if it was given one. */
  private static String runtime(CheckpointConfig config) {
    String runtime = config.runtime();
    return runtime == null ? null : runtime.substring(runtime.lastIndexOf('/') + 1);
  }

  private static void put(Map<String, String> into, String key, String value) {
    if (value != null) {
      into.put(key, value);
    }
  }

  private String compression() throws IOException {
    try (InputStream in = Files.newInputStream(archiveFile)) {
      return switch (GuardedTar.compression(in.readNBytes(2))) {
        case NONE -> "";
        case GZIP -> "+gzip";
        case ZSTD -> "+zstd";
      };
    }
  }

  private String digest(boolean unpacked) throws IOException {
    MessageDigest sha256 = sha256();
    try (InputStream file = Files.newInputStream(archiveFile);
        InputStream content = unpacked ? GuardedTar.decompressed(file) : file;
        DigestInputStream digested = new DigestInputStream(content, sha256)) {
      digested.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static Blob blob(String mediaType, byte[] content) {
    String digest = HexFormat.of().formatHex(sha256().digest(content));
    return new Blob(mediaType, digest, content.length);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private Map<String, Object> config(String unpackedDigest) {
    String created = Instant.ofEpochMilli(writtenMillis()).toString();
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("created", created);
    config.put("architecture", architecture());
    config.put("os", "linux");
    config.put("config", Map.of());
    config.put("rootfs", Map.of("type", "layers", "diff_ids", List.of("sha256:" + unpackedDigest)));
    config.put("history", List.of(Map.of("created", created)));
    return config;
  }

  /** By Go's names. */
  private static String architecture() {
    String java = System.getProperty("os.arch");
    return java.equals("aarch64") ? "arm64" : java;
  }

  private static Map<String, Object> manifest(
      Blob config, Blob layer, Map<String, String> annotations) {
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MANIFEST);
    manifest.put("config", config.descriptor());
    manifest.put("layers", List.of(layer.descriptor()));
    manifest.put("annotations", annotations);
    return manifest;
  }

  private static Map<String, Object> index(
      String name, Blob manifest, Map<String, String> annotations) {
    Map<String, Object> descriptor = new LinkedHashMap<>(manifest.descriptor());
    descriptor.put(
        "annotations",
        Map.of("org.opencontainers.image.ref.name", name, "io.containerd.image.name", name));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("mediaType", INDEX);
    index.put("manifests", List.of(descriptor));
    index.put("annotations", annotations);
    return index;
  }
}
