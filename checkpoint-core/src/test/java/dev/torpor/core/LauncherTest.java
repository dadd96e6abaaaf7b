// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.inject.CProgram;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests as a C program reads them that includes launcher.h. */
class LauncherTest {
  private static final String PRINT =
      """
      struct request r;
      printf("%d ", fread(&r, 1, sizeof(r), stdin) == sizeof(r) && getchar() == EOF);
      printf("%u %u %u %d ", r.kind, r.tid_count, r.fd_count, r.pid_namespace);
      printf("%lx %lx %lx ", r.clone_flags, r.base, r.code_bytes);
      printf("%lx %lx %lx ", r.stage_bytes, r.program, r.stack);
      printf("%d %d %d ", r.tids[0], r.tids[1], r.tids[SPAWN_MAX_TIDS - 1]);
      printf("%d %d %d", r.fds[0], r.fds[1], r.fds[SPAWN_MAX_FDS - 1]);
      """;

  @TempDir Path directory;

  private final int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET, 0);
  private final UnixChannel peer = new UnixChannel(pair[1]);
  private final Launcher launcher = new Launcher(pair[0], 4711);

  @AfterEach
  void close() {
    Unistd.close(pair[0]);
    Unistd.close(pair[1]);
  }

  private String asRead(ReceivedMessage message) throws Exception {
    return CProgram.run(directory, "launcher/launcher.h", PRINT, message.data());
  }

  private int spawn(int answer, int[] tids, int[] fds, int[] numbers) {
    // It waits in the socket before the question is asked.
    peer.send(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(answer).array());
    Launcher.Stub stub =
        new Launcher.Stub(0x2000_8000L, 17, 0x1000_0000_0000L, 0x1000, 0x3000, 0xa1a2a3a4a5L, 0xb6);
    return launcher.spawn(stub, tids, fds, numbers);
  }

  @Test
  void spawn() throws Exception {
    int answer = spawn(42, new int[] {1, 42}, new int[] {pair[0], pair[1]}, new int[] {1000, 1001});
    assertThat(answer).isEqualTo(42);
    ReceivedMessage message = peer.receive(4096);
    assertThat(message.descriptors()).hasSize(2);
    for (int fd : message.descriptors()) {
      Unistd.close(fd);
    }
    assertThat(asRead(message))
        .isEqualTo("1 1 2 2 17 20008000 100000000000 1000 3000 a1a2a3a4a5 b6 1 42 0 1000 1001 0");
  }

  @Test
  void largestSpawn() throws Exception {
    int[] fds = new int[64];
    int[] numbers = new int[64];
    for (int i = 0; i < fds.length; i++) {
      fds[i] = pair[0];
      numbers[i] = 100 + i;
    }
    int answer = spawn(-17, new int[] {1, 2, 3, 4, 5, 6, 7, 8}, fds, numbers);
    assertThat(answer).isEqualTo(-17);
    ReceivedMessage message = peer.receive(4096);
    for (int fd : message.descriptors()) {
      Unistd.close(fd);
    }
    assertThat(asRead(message)).startsWith("1 1 8 64 17 ").endsWith(" 1 2 8 100 101 163");
  }

  @Test
  void guard() throws Exception {
    try (Guardian guardian = launcher.guard()) {
      ReceivedMessage message = peer.receive(4096);
      assertThat(asRead(message)).isEqualTo("1 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
      guardian.done();
      int guardianEnd = message.descriptors()[0];
      int launcherEnd = message.descriptors()[1];
      assertThat(new UnixChannel(guardianEnd).receive(4096).data()).isNotEmpty();
      new UnixChannel(launcherEnd).send(new byte[] {1});
      assertThat(new UnixChannel(guardianEnd).receive(4096).data()).containsExactly(1);
      Unistd.close(guardianEnd);
      Unistd.close(launcherEnd);
    }
  }

  @Test
  void keepAndWait() throws Exception {
    String zeros = " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";
    launcher.keepStub(false);
    assertThat(asRead(peer.receive(4096))).isEqualTo("1 2" + zeros);
    launcher.keepStub(true);
    assertThat(asRead(peer.receive(4096))).isEqualTo("1 3" + zeros);
    assertThat(launcher.pid()).isEqualTo(4711);
  }
}
