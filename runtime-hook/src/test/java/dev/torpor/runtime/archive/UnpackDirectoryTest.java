// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.oci.ArchiveLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that would reach out of the directory they are unpacked to. */
class UnpackDirectoryTest {
  @TempDir Path top;
  private Path outside;
  private Path temporary;

  @BeforeEach
  void makeNeighbours() throws IOException {
    outside = Files.createDirectory(top.resolve("outside"));
    Files.writeString(outside.resolve("canary"), "lives");
    temporary = Files.createDirectory(top.resolve("temporary"));
  }

  /** Puts entries into an archive. */
  private interface Content {
    void write(TarArchiveOutputStream tar, Path outside) throws IOException;
  }

  static Stream<Arguments> hostile() {
    return Stream.of(
        archive("a name that leads out", (tar, outside) -> file(tar, "../outside/canary")),
        archive(
            "one that leads out deep within",
            (tar, outside) -> file(tar, "checkpoint/../../outside/canary")),
        archive("an absolute name", (tar, outside) -> file(tar, outside.resolve("canary") + "")),
        archive(
            "a link, and a file through it",
            (tar, outside) -> {
              link(tar, "checkpoint", TarConstants.LF_SYMLINK, outside.toString());
              file(tar, "checkpoint/canary");
            }),
        archive(
            "a link in the place of an image",
            (tar, outside) ->
                link(
                    tar,
                    "checkpoint/pages-1.img",
                    TarConstants.LF_SYMLINK,
                    outside.resolve("canary").toString())),
        archive(
            "a link whose name ends like a directory's",
            (tar, outside) ->
                link(tar, "checkpoint/x/", TarConstants.LF_SYMLINK, outside.toString())),
        archive(
            "a hard link to what is there already",
            (tar, outside) ->
                link(tar, "checkpoint/a.img", TarConstants.LF_LINK, outside + "/canary")),
        archive(
            "a device", (tar, outside) -> link(tar, "checkpoint/a.img", TarConstants.LF_BLK, "")),
        archive(
            "a FIFO", (tar, outside) -> link(tar, "checkpoint/a.img", TarConstants.LF_FIFO, "")),
        archive(
            "an entry of a kind nobody knows",
            (tar, outside) -> link(tar, "checkpoint/a.img", (byte) 'Z', "")),
        archive(
            "an image twice",
            (tar, outside) -> {
              file(tar, "checkpoint/a.img");
              file(tar, "./checkpoint//a.img");
            }));
  }

  private static Arguments archive(String what, Content content) {
    return Arguments.of(what, content);
  }

  private static void file(TarArchiveOutputStream tar, String name) throws IOException {
    byte[] bytes = "harm".getBytes(StandardCharsets.UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_NORMAL, true);
    entry.setSize(bytes.length);
    entry.setMode(06777);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String name, byte type, String target)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private Path write(Content content) throws IOException {
    Path file = top.resolve("hostile.tar");
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file))) {
      file(tar, "checkpoint/inventory.img");
      content.write(tar, outside);
    }
    return file;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void isRefusedAndTheHostUnchanged(String what, Content content) throws IOException {
    Path file = write(content);
    assertThatThrownBy(
            () ->
                OpenedCheckpoint.open(file, ArchiveLimits.DEFAULT, temporary, entry -> true)
                    .close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("hostile.tar")
        .hasMessageContaining("do not trust this archive");
    assertThat(outside.resolve("canary")).hasContent("lives");
    assertThat(outside.toFile().list()).containsExactly("canary");
    assertThat(temporary).isEmptyDirectory();
  }

  /** Even if the archive's reader let such a name through. */
  @ParameterizedTest
  @ValueSource(strings = {"../outside/canary", "../new", "/new", "a/../../new", "..", "."})
  void noNameLeadsOutOfTheDirectory(String name) throws IOException {
    try (UnpackDirectory directory = UnpackDirectory.temporary(temporary)) {
      assertThatThrownBy(() -> directory.create("", name).close()).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> directory.create(name, "new").close())
          .isInstanceOfAny(IOException.class, RuntimeException.class);
    }
    assertThat(outside.toFile().list()).containsExactly("canary");
    assertThat(top.resolve("new")).doesNotExist();
    assertThat(temporary).isEmptyDirectory();
  }

  /** Somebody who can write there puts a link in our way. */
  @Test
  void noLinkIsFollowed() throws IOException {
    try (UnpackDirectory directory = UnpackDirectory.temporary(temporary)) {
      Files.createSymbolicLink(directory.path().resolve("checkpoint"), outside);
      Files.createSymbolicLink(directory.path().resolve("file"), outside.resolve("canary"));
      assertThatThrownBy(() -> directory.create("checkpoint", "new").close())
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> directory.create("", "file").close())
          .isInstanceOf(IOException.class);
    }
    assertThat(outside.resolve("canary")).hasContent("lives");
    assertThat(outside.toFile().list()).containsExactly("canary");
    assertThat(temporary).isEmptyDirectory();
  }

  /** Modes of an archive are not taken: nothing of it is set-user-id, or for others to read. */
  @Test
  void filesAreTheOwnersAlone() throws IOException {
    Path file = write((tar, outside) -> file(tar, "checkpoint/a.img"));
    try (OpenedCheckpoint opened =
        OpenedCheckpoint.open(file, ArchiveLimits.DEFAULT, temporary, entry -> true)) {
      Path unpacked = temporary.resolve(temporary.toFile().list()[0]);
      Path image = unpacked.resolve("checkpoint/a.img");
      assertThat(image).hasContent("harm");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image)))
          .isEqualTo("rw-------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(unpacked)))
          .isEqualTo("rwx------");
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aDirectoryThatStaysIsLeftAsItIs() throws IOException {
    try (UnpackDirectory directory = UnpackDirectory.at(outside);
        OutputStream out = directory.create("checkpoint", "a.img")) {
      out.write(1);
    }
    assertThat(outside.toFile().list()).containsExactlyInAnyOrder("canary", "checkpoint");
  }
}
