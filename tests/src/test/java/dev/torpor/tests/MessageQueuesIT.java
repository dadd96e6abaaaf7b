// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mqueue;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.codec.digest.DigestUtils;
import org.junit.jupiter.api.Test;

/** POSIX message queues, {@code programs/objects.py}; CRIU carries none. */
class MessageQueuesIT {
  private static Running isolated(String kind) {
    return new Running(StatusFileSubject.object(kind, "/usr/bin/unshare", "--ipc"));
  }

  @Test
  void queuesOfAnIpcNamespaceComeBackTwice() throws IOException {
    try (Running running = isolated("message_queues")) {
      comesBack(running);
      comesBack(running);
      assertThat(told(running))
          .containsExactly(
              "(3, b'awaited')", all(9000), all(4049), "[(1, b'gone')]", "[(1, b'again')]");
    }
  }

  /** What {@code mq_write_all} wrote, in the order in which it is received. */
  private static String all(int longest) {
    String digest = DigestUtils.sha256Hex("x".repeat(longest));
    return "[(32767, b''), (5, b'first'), (5, b'second'), (1, b'last'), (0, ("
        + longest
        + ", '"
        + digest
        + "'))]";
  }

  /** Nobody but the tree has them open. */
  @Test
  void queuesOfTheHostComeBackTwice() throws IOException {
    try (Running running = new Running(StatusFileSubject.object("hosts_queues"));
        HostQueue queue = new HostQueue("torpor-" + running.root)) {
      comesBack(running);
      comesBack(running);
      assertThat(told(running)).containsExactly(all(4048), all(8143));
      assertThat(queue.exists()).isFalse();
    }
  }

  @Test
  void aQueueOfTheHostThatHasGoneIsMissed() throws IOException {
    try (Running running = new Running(StatusFileSubject.object("hosts_queues"));
        HostQueue queue = new HostQueue("torpor-" + running.root)) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      queue.close();
      Engine.TORPOR
          .restore(running.keeper, running.images)
          .assertRefused("POSIX message queue /torpor-" + running.root, "is not there any more");
      assertThat(ProcessTree.exists(running.root)).isFalse();
    }
  }

  /** SIGEV_SIGNAL with its value; SIGEV_NONE. While anybody is registered nobody else can be. */
  @Test
  void whoIsToBeToldOfMessagesIsTold() throws IOException {
    try (Running running = isolated("notified_by_signal")) {
      comesBack(running);
      comesBack(running);
      assertThat(told(running)).containsExactly("[-1, -1]", "((10, 0, -3), (20015998343868,))");
    }
  }

  @Test
  void whoIsToBeToldByAThreadIsRefused() {
    try (Running running = isolated("notified_by_thread")) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("task " + running.root, "SIGEV_THREAD", "let it use a signal");
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void criuRefusesThem() {
    try (Running running = isolated("message_queues")) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      assertThat(Engine.CRIU.restore(running.keeper, running.images).exitCode()).isNotZero();
      assertThat(ProcessTree.exists(running.root)).isFalse();
    }
  }

  /** A queue in the namespace of the machine, which stays when a test fails. */
  private record HostQueue(String name) implements AutoCloseable {
    boolean exists() {
      try {
        Unistd.close(Mqueue.open(name, Fcntl.O_RDONLY));
        return true;
      } catch (ErrnoException e) {
        return false;
      }
    }

    @Override
    public void close() {
      try (NativeMemory text = NativeMemory.ofString(name)) {
        Syscall.raw(Nr.SYS_mq_unlink, text.address());
      }
    }
  }

  private static void comesBack(Running running) {
    String state = running.state();
    Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
  }

  private static List<String> told(Running running) throws IOException {
    Files.createFile(running.directory.resolve("happen"));
    Path events = running.directory.resolve("events");
    Wait.until("it has told what it found", () -> Files.exists(events));
    return Files.readAllLines(events);
  }
}
