// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointArchiveTest {
  @TempDir Path directory;

  /** Writes one entry into the tar under construction. */
  private interface Content {
    void write(TarArchiveOutputStream tar) throws IOException;
  }

  private static void file(TarArchiveOutputStream tar, String name, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private Path archive(boolean gzip, Content more) throws IOException {
    Path file = directory.resolve("c.tar");
    try (OutputStream plain = Files.newOutputStream(file);
        OutputStream stream = gzip ? new GZIPOutputStream(plain) : plain;
        TarArchiveOutputStream tar = new TarArchiveOutputStream(stream)) {
      file(tar, "./config.dump", "{\"id\":\"9f\",\"name\":\"web\",\"newNetNS\":true}");
      file(tar, "spec.dump", "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"/r\"}}");
      tar.putArchiveEntry(new TarArchiveEntry("checkpoint/"));
      tar.closeArchiveEntry();
      file(tar, "checkpoint/inventory.img", "1234");
      file(
          tar,
          "network.status",
          """
          {"podman":{"interfaces":{"eth0":{"subnets":[{"ipnet":"10.88.0.5/16","gateway":"10.88.0.1"}],
          "mac_address":"2e:aa:bb:cc:dd:ee"}}}}
          """);
      file(tar, "deleted.files", "[\"/etc/motd\"]");
      more.write(tar);
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anExportOfPodman(boolean gzip) throws IOException {
    CheckpointArchive archive = CheckpointArchive.open(archive(gzip, tar -> {}));
    assertThat(archive.config().id()).isEqualTo("9f");
    assertThat(archive.config().other()).containsEntry("newNetNS", true);
    assertThat(archive.spec().root().path()).isEqualTo("/r");
    assertThat(archive.images())
        .containsExactly(new CheckpointArchive.Entry("checkpoint/inventory.img", 4));
    assertThat(archive.entries()).hasSize(5);
    assertThat(archive.deletedFiles()).containsExactly("/etc/motd");
    NetworkStatus.Interface eth0 = archive.networkStatus().get("podman").interfaces().get("eth0");
    assertThat(eth0.macAddress()).isEqualTo("2e:aa:bb:cc:dd:ee");
    assertThat(eth0.subnets().get(0).gateway()).isEqualTo("10.88.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "checkpoint/../../etc/passwd, leads out of the archive",
    "/etc/passwd, has an absolute name",
    "checkpoint/./inventory.img, occurs twice",
  })
  void aNameThatLeadsElsewhereIsRefused(String name, String message) {
    assertThatThrownBy(() -> CheckpointArchive.open(archive(false, tar -> file(tar, name, "x"))))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("c.tar entry")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"2, symbolic link", "1, hard link", "6, fifo", "3, device", "4, device"})
  void whatIsNoFileIsRefused(char type, String message) {
    assertThatThrownBy(
            () ->
                CheckpointArchive.open(
                    archive(
                        false,
                        tar -> {
                          TarArchiveEntry entry = new TarArchiveEntry("checkpoint/x", (byte) type);
                          entry.setLinkName("/etc/passwd");
                          tar.putArchiveEntry(entry);
                          tar.closeArchiveEntry();
                        })))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("entry checkpoint/x: is a " + message);
  }

  @Test
  void aTruncatedArchiveIsRefused() throws IOException {
    Path file = archive(false, tar -> file(tar, "checkpoint/pages-1.img", "x".repeat(5000)));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, 6 * 1024));
    assertThatThrownBy(() -> CheckpointArchive.open(file)).isInstanceOf(OciException.class);
  }

  @Test
  void zstdAndForeignFilesAreRefusedWithTheWayOut() throws IOException {
    Path file = directory.resolve("x");
    Files.write(file, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0});
    assertThatThrownBy(() -> CheckpointArchive.open(file)).hasMessageContaining("zstd -d");
    Files.writeString(file, "");
    assertThatThrownBy(() -> CheckpointArchive.open(file)).hasMessageContaining("no checkpoint/");
    assertThatThrownBy(() -> CheckpointArchive.open(directory.resolve("none")))
        .isInstanceOf(OciException.class);
  }
}
