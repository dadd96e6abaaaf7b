// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.inject.CProgram;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages as a C program reads them that includes launcher.h. */
class GuardianTest {
  private static final int ROOM = 4096;
  private static final String PRINT =
      """
      struct guarded m;
      printf("%d ", fread(&m, 1, sizeof(m), stdin) == sizeof(m) && getchar() == EOF);
      printf("%u [%s]", m.kind, m.name);
      """;

  @TempDir Path directory;

  private final int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0);
  private final UnixChannel peer = new UnixChannel(pair[1]);
  private final Guardian guardian = new Guardian(pair[0]);

  @AfterEach
  void close() {
    guardian.close();
    if (pair[1] >= 0) {
      Unistd.close(pair[1]);
    }
  }

  private String asRead(ReceivedMessage message) throws Exception {
    return CProgram.run(directory, "launcher/launcher.h", PRINT, message.data());
  }

  @Test
  void directoryComesWithItsParent() throws Exception {
    Path parent = Files.createDirectory(directory.resolve("above"));
    guardian.willMake(parent.resolve("made"));
    assertComesWith(parent, "1 1 [made]");
  }

  @Test
  void fileComesWithItsDirectory() throws Exception {
    guardian.willWrite(directory.resolve("pid").toString());
    assertComesWith(directory, "1 4 [pid]");
  }

  private void assertComesWith(Path parent, String printed) throws Exception {
    ReceivedMessage message = peer.receive(ROOM);
    int fd = message.descriptors()[0];
    assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd))).isEqualTo(parent);
    Unistd.close(fd);
    assertThat(asRead(message)).isEqualTo(printed);
  }

  @Test
  void taskComesAsItsPidfd() throws Exception {
    int pid = Unistd.getpid();
    guardian.willRelease(pid);
    ReceivedMessage message = peer.receive(ROOM);
    int fd = message.descriptors()[0];
    assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + fd)))
        .contains("Pid:\t" + pid + "\n");
    Unistd.close(fd);
    assertThat(asRead(message)).isEqualTo("1 2 []");
  }

  @Test
  void done() throws Exception {
    guardian.done();
    assertThat(asRead(peer.receive(ROOM))).isEqualTo("1 3 []");
  }

  @Test
  void confirmWaitsForTheQuestionToComeBack() throws Exception {
    CompletableFuture<Void> confirmed = CompletableFuture.runAsync(guardian::confirm);
    ReceivedMessage question = peer.receive(ROOM);
    assertThat(asRead(question)).isEqualTo("1 5 []");
    assertThat(confirmed).isNotDone();
    peer.send(question.data());
    assertThat(confirmed).succeedsWithin(Duration.ofSeconds(20));
  }

  @Test
  void guardianThatIsGoneBeforeATaskIsLetGoFailsTheRestore() {
    Unistd.close(pair[1]);
    pair[1] = -1;
    assertThatThrownBy(() -> guardian.willRelease(Unistd.getpid()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("ulimit -n");
    assertThatThrownBy(guardian::confirm).isInstanceOf(RestoreException.class);
  }

  @Test
  void takeBackIsTheEndOfMessagesAndWaitsForTheGuardiansEnd() throws Exception {
    CompletableFuture<Void> takenBack = CompletableFuture.runAsync(guardian::takeBack);
    assertThat(peer.receive(ROOM).data()).isEmpty();
    assertThat(takenBack).isNotDone();
    Unistd.close(pair[1]);
    pair[1] = -1;
    assertThat(takenBack).succeedsWithin(Duration.ofSeconds(20));
  }

  @Test
  void guardianThatWasKilledIsNoFailureOfTheRestore() {
    Unistd.close(pair[1]);
    pair[1] = -1;
    guardian.done();
  }
}
