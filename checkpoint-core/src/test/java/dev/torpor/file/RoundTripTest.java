// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of real processes come back. */
class RoundTripTest {
  @TempDir Path directory;

  @Test
  void regularFiles() throws IOException {
    RoundTrip.check(
        directory,
        """
        f = os.open('data', os.O_RDWR | os.O_CREAT); os.write(f, b'hello world'); os.lseek(f, 5, 0)
        os.dup2(f, 20)
        l = os.open('log', os.O_WRONLY | os.O_CREAT | os.O_APPEND); os.set_inheritable(l, True)
        d = os.open('.', os.O_RDONLY | os.O_DIRECTORY)
        os.open('/dev/urandom', os.O_RDONLY | os.O_NONBLOCK)
        os.open('data', os.O_PATH)
        os.open('/proc/uptime', os.O_RDONLY)
        ready()
        """);
  }

  @Test
  void aFileThatHasGrownIsRefused() throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    CapturedFiles captured;
    try (Child child =
        Child.start(before, "f = os.open('data', os.O_RDWR | os.O_CREAT)\nready()")) {
      captured = Captures.of(child.pid());
    }
    Files.writeString(before.resolve("data"), "more", StandardOpenOption.APPEND);
    assertThatThrownBy(() -> RoundTrip.restore(directory, captured))
        .hasMessageContaining(
            "restoring fd 3 of task 101 ("
                + before.toRealPath().resolve("data")
                + "): check that the size is still 0: 4");
  }

  @Test
  void pipes() throws IOException {
    RoundTrip.check(
        directory,
        """
        r, w = os.pipe(); os.write(w, b'abc' * 10000); os.set_blocking(w, False)
        fcntl.fcntl(w, 1031, 131072)
        os.dup2(r, 9); os.close(r)
        os.open('/dev/fd/%d' % w, os.O_WRONLY | os.O_APPEND)
        outside, half = os.pipe(); os.close(outside)
        ready()
        """);
  }

  @Test
  void fifos() throws IOException {
    RoundTrip.check(
        directory,
        """
        os.mkfifo('f')
        both = os.open('f', os.O_RDWR); os.write(both, b'waiting')
        os.open('f', os.O_RDONLY | os.O_NONBLOCK); os.open('f', os.O_WRONLY); os.close(both)
        ready()
        """);
  }

  @Test
  void eventfds() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            os.eventfd(7, os.EFD_NONBLOCK)
            os.eventfd(3, os.EFD_SEMAPHORE)
            os.eventfd_write(os.eventfd(0), 2 ** 64 - 2)
            ready()
            """);
    assertThat(Captures.fileOf(captured, 4).getEfd().getFlags()).isEqualTo(3);
  }

  @Test
  void epolls() throws IOException {
    RoundTrip.check(
        directory,
        """
        r, w = os.pipe()
        e = select.epoll(); e.register(r, select.EPOLLIN); e.register(w, select.EPOLLOUT)
        dup = os.dup(r); e.register(dup, select.EPOLLIN | select.EPOLLET); os.close(dup)
        n = select.epoll(); n.register(e.fileno(), select.EPOLLIN)
        ready()
        """);
  }

  @Test
  void whatIsSharedComesBackShared() throws IOException {
    RoundTrip.check(
        directory,
        """
        f = os.open('data', os.O_RDWR | os.O_CREAT); os.write(f, b'12345')
        r, w = os.pipe(); os.write(w, b'x')
        if os.fork() == 0:
          os.close(w); os.open('data', os.O_RDONLY); os.dup2(f, 30)
          forked()
        if os.fork() == 0:
          os.close(f); os.close(r)
          forked()
        os.close(f); os.close(r); os.close(w); os.open('/dev/zero', os.O_RDONLY)
        ready(2)
        """);
  }

  @Test
  void owners() throws IOException {
    RoundTrip.check(
        directory,
        """
        r, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETSIG, 40)
        ready()
        """);
  }
}
