// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketTest {
  @TempDir Path directory;

  @Test
  void refusesAPeerOutside() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            a, b = socket.socketpair()
            if os.fork() == 0:
              a.close()
              forked()
            b.close()
            ready(1)
            """)) {
      assertThat(Captures.of(child.pids()).files()).isNotEmpty();
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageMatching(
              "fd 3 of task \\d+ \\(socket:\\[\\d+\\]\\): it is connected to socket \\d+, which is"
                  + " outside of what is dumped; let the task close it before the dump");
    }
  }

  @Test
  void descriptorsInFlightAreKnownByWhoHasThem() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            a, b = socket.socketpair()
            r, w = os.pipe()
            socket.send_fds(a, [b'x'], [0, r])
            os.close(r)
            ready()
            """)) {
      CapturedFiles files = Captures.of(child.pids());
      List<Integer> rights = files.packets().get(0).entry().getScm(0).getRightsList();
      assertThat(rights).hasSize(2);
      assertThat(rights.get(0)).isEqualTo(Captures.descriptor(files, 2, 0).getId());
      assertThat(Captures.file(files, rights.get(1)).getType()).isEqualTo(fd_types.PIPE);
    }
  }

  @Test
  void refusesADescriptorInFlightThatNeedsATask() throws IOException {
    refuses(
        """
        a, b = socket.socketpair()
        e = select.epoll()
        socket.send_fds(a, [b'x'], [e.fileno()])
        e.close()
        ready()
        """,
        "a descriptor in flight to fd 4 of task");
  }

  private void refuses(String program, String why) throws IOException {
    try (Child child = Child.start(directory, program)) {
      assertThatThrownBy(() -> Captures.of(child.pids()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining(why);
    }
  }

  @Test
  void looksDoNotTakeAnythingOut() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            for i in range(20): a.send(b'packet %d' % i)
            ready()
            """)) {
      CapturedFiles first = Captures.of(child.pids());
      assertThat(first.packets()).hasSize(20);
      assertThat(first.packets().get(19).payload()).asString().isEqualTo("packet 19");
      assertThat(Captures.of(child.pids()).packets()).hasSize(20);
    }
  }

  @Test
  void refusesAPeerThatCannotBeFound() throws IOException {
    refuses(
        """
        a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        c = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); c.bind('named')
        b.connect('named')
        ready()
        """,
        "which is not connected to it and has no name");
  }
}
