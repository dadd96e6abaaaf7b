// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** By the image specification: each blob is named by its digest, and the layer by its content's. */
class CheckpointImageTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final Map<String, byte[]> files = new HashMap<>();

  private byte[] build(ArchiveWriter.Compression compression) throws IOException {
    Path file = directory.resolve("c.tar");
    try (ArchiveWriter archive = new ArchiveWriter(Files.newOutputStream(file), compression)) {
      archive.file(
          "config.dump",
          "{\"id\":\"9f\",\"name\":\"web\",\"runtime\":\"/x/runc\"}".getBytes(UTF_8));
      archive.file("spec.dump", "{\"ociVersion\":\"1.0.2\"}".getBytes(UTF_8));
      archive.file("checkpoint/inventory.img", new byte[] {1, 2, 3, 4});
    }
    return image(file);
  }

  private static byte[] image(Path file) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new CheckpointImage(file, CheckpointArchive.open(file)).write("localhost/web:1", "Podman", out);
    return out.toByteArray();
  }

  private void read(byte[] image) throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(image))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        files.put(entry.getName(), tar.readAllBytes());
      }
    }
  }

  private JsonNode json(String name) throws IOException {
    return JSON.readTree(files.get(name));
  }

  private byte[] blob(JsonNode descriptor) throws GeneralSecurityException {
    String digest = descriptor.get("digest").asText();
    assertThat(digest).startsWith("sha256:");
    byte[] content = files.get("blobs/sha256/" + digest.substring(7));
    assertThat(digest(content)).isEqualTo(digest);
    assertThat(content).hasSize(descriptor.get("size").asInt());
    return content;
  }

  private static String digest(byte[] content) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
    return "sha256:" + HexFormat.of().formatHex(digest);
  }

  @ParameterizedTest
  @EnumSource
  void blobsAreWhatTheirNamesSay(ArchiveWriter.Compression compression) throws Exception {
    byte[] image = build(compression);
    assertThat(image(directory.resolve("c.tar"))).as("a second time").isEqualTo(image);
    read(image);
    assertThat(json("oci-layout").get("imageLayoutVersion").asText()).isEqualTo("1.0.0");
    JsonNode entry = json("index.json").get("manifests").get(0);
    assertThat(entry.get("annotations").get("org.opencontainers.image.ref.name").asText())
        .isEqualTo("localhost/web:1");
    JsonNode manifest = JSON.readTree(blob(entry));
    assertThat(manifest.get("annotations").get("io.podman.annotations.checkpoint.name").asText())
        .isEqualTo("web");
    assertThat(manifest.get("annotations").get("org.criu.checkpoint.runtime.name").asText())
        .isEqualTo("runc");
    byte[] layer = blob(manifest.get("layers").get(0));
    assertThat(layer).isEqualTo(Files.readAllBytes(directory.resolve("c.tar")));
    JsonNode config = JSON.readTree(blob(manifest.get("config")));
    byte[] tar = GuardedTar.decompressed(new ByteArrayInputStream(layer)).readAllBytes();
    assertThat(config.get("rootfs").get("diff_ids").get(0).asText()).isEqualTo(digest(tar));
    assertThat(manifest.get("layers").get(0).get("mediaType").asText())
        .endsWith(compression == ArchiveWriter.Compression.NONE ? ".tar" : suffix(compression));
  }

  private static String suffix(ArchiveWriter.Compression compression) {
    return "+" + compression.name().toLowerCase(Locale.ROOT);
  }
}
