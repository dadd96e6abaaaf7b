// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    bytes(tar, name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
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
  void foreignFilesAreRefused() throws IOException {
    Path file = directory.resolve("x");
    Files.writeString(file, "");
    assertThatThrownBy(() -> CheckpointArchive.open(file)).hasMessageContaining("no checkpoint/");
    assertThatThrownBy(() -> CheckpointArchive.open(directory.resolve("none")))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("is not there");
    Files.write(file, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 1, 2, 3});
    assertThatThrownBy(() -> CheckpointArchive.open(file)).isInstanceOf(OciException.class);
  }

  @Test
  void zstdIsRead() throws IOException {
    Path plain = archive(false, tar -> {});
    Path packed = directory.resolve("c.tar.zst");
    try (OutputStream zstd = new ZstdOutputStream(Files.newOutputStream(packed))) {
      Files.copy(plain, zstd);
    }
    assertThat(CheckpointArchive.open(packed).config().name()).isEqualTo("web");
  }

  @Test
  void whatUnpacksToMoreThanIsPermittedIsRefused() throws IOException {
    // Ten megabytes of zeros in ten kilobytes.
    Path bomb = archive(true, tar -> file(tar, "checkpoint/pages-1.img", "\0".repeat(10 << 20)));
    assertThat(Files.size(bomb)).isLessThan(20_000);
    assertThat(CheckpointArchive.open(bomb, new ArchiveLimits(11 << 20, 100)).images()).hasSize(2);
    assertThatThrownBy(() -> CheckpointArchive.open(bomb, new ArchiveLimits(1 << 20, 100)))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("--max-size");
    assertThatThrownBy(() -> CheckpointArchive.open(bomb, new ArchiveLimits(11 << 20, 4)))
        .hasMessageContaining("more than 4 entries");
  }

  @Test
  void aBombWithinTheRootFileSystemIsCountedToo() throws IOException {
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(layer))) {
      file(tar, "zeros", "\0".repeat(10 << 20));
    }
    Path bomb = archive(false, tar -> bytes(tar, "rootfs-diff.tar", layer.toByteArray()));
    assertThat(Files.size(bomb)).isLessThan(40_000);
    assertThatThrownBy(() -> CheckpointArchive.open(bomb, new ArchiveLimits(1 << 20, 100)))
        .hasMessageContaining("rootfs-diff.tar")
        .hasMessageContaining("--max-size");
  }

  /** A name that is longer than memory: the tar reader would keep all of it. */
  @Test
  void aNameOfMegabytesIsRefused() throws IOException {
    Path file =
        archive(
            false,
            tar -> {
              TarArchiveEntry entry =
                  new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
              entry.setSize(3 << 20);
              tar.putArchiveEntry(entry);
              tar.write("a".repeat(3 << 20).getBytes(StandardCharsets.US_ASCII));
              tar.closeArchiveEntry();
              file(tar, "short", "x");
            });
    assertThatThrownBy(() -> CheckpointArchive.open(file))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("name of a megabyte");
  }

  @ParameterizedTest
  @ValueSource(strings = {"checkpoint/a/b.img", "checkpoint/.hidden", "checkpoint/\u001b[2J.img"})
  void whatNoImageIsCalledIsRefused(String name) {
    assertThatThrownBy(() -> CheckpointArchive.open(archive(false, tar -> file(tar, name, "x"))))
        .isInstanceOf(OciException.class)
        .hasMessageContaining("no name that an image can have");
  }

  @Test
  void onlyWhatEnginesWriteIsUnpacked() throws IOException {
    CheckpointArchive archive =
        CheckpointArchive.open(
            archive(
                false,
                tar -> {
                  file(tar, "unheard-of", "x");
                  file(tar, "lib/x.so", "x");
                  file(tar, "volumes/data.tar", "x");
                }));
    List<String> unpacked = new ArrayList<>();
    archive.unpack(
        entry -> true,
        (in, name) -> {
          unpacked.add(in + ":" + name);
          return OutputStream.nullOutputStream();
        });
    assertThat(unpacked)
        .containsExactly(
            ":config.dump",
            ":spec.dump",
            "checkpoint:inventory.img",
            ":network.status",
            ":deleted.files",
            "volumes:data.tar");
    assertThat(archive.entries()).filteredOn(entry -> !entry.isKnown()).hasSize(2);
  }

  /** Podman of a container without a network. */
  @Test
  void nullIsNoNetwork() throws IOException {
    Path file = directory.resolve("n.tar");
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
      file(tar, "checkpoint/inventory.img", "1234");
      file(tar, "network.status", "null\n");
      file(tar, "deleted.files", "null");
    }
    assertThat(CheckpointArchive.open(file).networkStatus()).isEmpty();
    assertThat(CheckpointArchive.open(file).deletedFiles()).isEmpty();
  }

  @Test
  void theRootFileSystemIsListed() throws IOException {
    ByteArrayOutputStream layer = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(layer)) {
      file(tar, "etc/motd", "hello");
      TarArchiveEntry link = new TarArchiveEntry("etc/link", TarConstants.LF_SYMLINK);
      link.setLinkName("/etc/shadow");
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
    }
    Path file = archive(false, tar -> bytes(tar, "rootfs-diff.tar", layer.toByteArray()));
    List<RootFiles.Changed> changed = CheckpointArchive.open(file).rootFiles().changed();
    assertThat(changed)
        .extracting(RootFiles.Changed::path, RootFiles.Changed::type, RootFiles.Changed::target)
        .containsExactly(
            tuple("etc/motd", "file", null), tuple("etc/link", "symbolic link", "/etc/shadow"));
  }
}
