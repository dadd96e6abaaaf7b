// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.inject.ProgramOnThread;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives pass between Torpor and tar as CRIU calls it. */
class TmpfsArchiveKernelTest {
  private static final String CONTENT =
      """
      set -e
      cd "$1"
      long=$(printf 'n%.0s' $(seq 1 150))
      mkdir -m 1777 d "d/$long" empty
      echo text > "d/$long/$long"
      ln -s "/$long/$long" link
      ln "d/$long/$long" "hard link"
      printf 'raw' > "$(printf 'not\\377utf8')"
      mkfifo -m 600 fifo
      mknod -m 640 null c 1 3
      mknod -m 640 disk b 259 1048575
      truncate -s 3000000 sparse
      printf 'end' >> sparse
      head -c 200000 /dev/urandom > random
      chown 3000000000:3000000001 random
      chmod 4755 random
      find . -exec touch -h -d @1234567890 {} +
      touch -d @-5 empty
      """;

  private static final String LIST =
      "cd \"$1\" && find . -printf '%p %y %m %U %G %Ts %l' \\( -type f -printf ' %s ' -exec md5sum"
          + " {} \\; -o -type c -exec stat -c %t:%T {} \\; -o -type b -exec stat -c %t:%T {} \\;"
          + " -o -printf '\\n' \\) | LC_ALL=C sort";

  @TempDir Path temp;
  private Path source;
  private Path target;
  private Path archive;

  @BeforeEach
  void fill() throws IOException {
    Assumptions.assumeTrue(Unistd.geteuid() == 0, "needs root");
    source = Files.createDirectory(temp.resolve("source"));
    target = Files.createDirectory(temp.resolve("target"));
    archive = temp.resolve("archive");
    Container.run("sh", "-c", CONTENT, "sh", source.toString());
  }

  private static String list(Path directory) {
    return Container.output("sh", "-c", LIST, "sh", directory.toString());
  }

  private void writeArchive() throws IOException {
    int fd = Fcntl.open(source.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0);
    try (TmpfsArchive writer =
        new TmpfsArchive(
            FileChannel.open(archive, StandardOpenOption.CREATE, StandardOpenOption.WRITE))) {
      writer.writeTree(fd, "source");
    } finally {
      Unistd.close(fd);
    }
  }

  private void readArchive() throws IOException {
    try (TmpfsContent content = new TmpfsContent(FileChannel.open(archive), "target")) {
      Program program = new Program("this thread");
      Data chunk = program.reserve(TaskWriter.CHUNK_BYTES);
      program.trap("filling");
      ProcFs proc = new ProcFs(Path.of("/proc"));
      ProgramOnThread.run(
          program,
          (trap, task) -> content.extract(target.toString(), new TaskWriter(proc, task, chunk)));
    }
  }

  @Test
  void tarExtractsWhatTorporWrote() throws IOException {
    writeArchive();
    String[] tar = {
      "tar",
      "--extract",
      "--gzip",
      "--no-unquote",
      "--no-wildcards",
      "--file",
      archive.toString(),
      "--directory",
      target.toString()
    };
    Container.run(tar);
    assertThat(list(target)).isEqualTo(list(source)).contains("random f 4755 3000000000");
  }

  @Test
  void torporExtractsWhatTarWrote() throws IOException {
    String[] tar = {
      "tar",
      "--create",
      "--gzip",
      "--no-unquote",
      "--no-wildcards",
      "--one-file-system",
      "--check-links",
      "--preserve-permissions",
      "--sparse",
      "--numeric-owner",
      "--directory",
      source.toString(),
      "--file",
      archive.toString(),
      "."
    };
    Container.run(tar);
    readArchive();
    assertThat(list(target)).isEqualTo(list(source));
  }

  @Test
  void torporExtractsWhatTorporWrote() throws IOException {
    writeArchive();
    readArchive();
    assertThat(list(target)).isEqualTo(list(source));
    Container.run("sh", "-c", "test $(du -k " + target + "/sparse | cut -f1) -lt 200");
  }

  @Test
  void nothingIsFollowedOutOfTheTarget() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Path made = Files.createDirectory(temp.resolve("made"));
    String script =
        "cd "
            + made
            + " && mkdir x && echo bad > x/file && tar cf a x/file && rm -r x && ln -s "
            + outside
            + " x && tar rf a x && mkdir y && tar cf b x && tar Af b a && gzip -c b > "
            + archive;
    Container.run("sh", "-c", script);
    assertThatThrownBy(this::readArchive).isInstanceOf(RestoreException.class);
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aCutOffArchiveIsAnError() throws IOException {
    writeArchive();
    byte[] whole = Files.readAllBytes(archive);
    Files.write(archive, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(this::readArchive).isInstanceOf(IOException.class);
  }
}
