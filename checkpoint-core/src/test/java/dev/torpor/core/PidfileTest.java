// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidfileTest {
  @TempDir Path directory;
  private final int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0);
  private final Guardian guardian = new Guardian(pair[0]);
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("p");
  }

  @AfterEach
  void close() {
    guardian.close();
    Unistd.close(pair[1]);
  }

  @Test
  void hasTheNumberAndNothingElse() throws IOException {
    new Pidfile(file.toString()).write(4242, guardian);
    assertThat(file).hasContent("4242");
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void oneThatExistsIsRefusedBeforeAnything() throws IOException {
    Files.writeString(file, "1");
    assertThatThrownBy(() -> new Pidfile(file.toString()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("exists already: remove it");
  }

  @Test
  void oneInADirectoryThatIsOnlyOpenIsNamedByItsPath() throws IOException {
    Files.writeString(file, "1");
    int fd = Fcntl.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_DIRECTORY, 0);
    try {
      assertThatThrownBy(() -> new Pidfile("/proc/self/fd/" + fd + "/p"))
          .hasMessageContaining("pidfile " + file.toRealPath() + " exists");
    } finally {
      Unistd.close(fd);
    }
  }

  @Test
  void isGoneAfterAFailure() throws IOException {
    Pidfile pidfile = new Pidfile(file.toString());
    pidfile.write(1, guardian);
    pidfile.undo();
    assertThat(file).doesNotExist();
  }

  @Test
  void oneThatSomebodyElseMadeMeanwhileStays() throws IOException {
    Pidfile pidfile = new Pidfile(file.toString());
    Files.writeString(file, "1");
    assertThatThrownBy(() -> pidfile.write(2, guardian)).hasMessageContaining("exists already");
    pidfile.undo();
    assertThat(file).hasContent("1");
  }

  @Test
  void aPlaceThatIsNotThereIsNamed() {
    Pidfile pidfile = new Pidfile(directory.resolve("none/p").toString());
    assertThatThrownBy(() -> pidfile.write(2, guardian))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("none/p cannot be written: ")
        .hasMessageEndingWith("choose another place");
  }
}
