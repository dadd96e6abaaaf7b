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
            "restoring fd 3 of task 1 ("
                + before.toRealPath().resolve("data")
                + "): check that the size is still 0: 4");
  }

  @Test
  void aFileWithOtherPermissionsIsRefused() throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    CapturedFiles captured;
    try (Child child =
        Child.start(before, "f = os.open('data', os.O_RDWR | os.O_CREAT, 0o640)\nready()")) {
      captured = Captures.of(child.pid());
    }
    Path data = before.toRealPath().resolve("data");
    assertThat(data.toFile().setReadable(true, false)).isTrue();
    assertThatThrownBy(() -> RoundTrip.restore(directory, captured))
        .hasMessageContaining(
            "restoring fd 3 of task 1 (" + data + "): check that the mode is still 0100640");
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
  void watches() throws IOException {
    RoundTrip.check(
        directory,
        """
        import ctypes
        libc = ctypes.CDLL(None)
        w = libc.inotify_init1(0o4000); libc.inotify_init1(0)
        for n in range(1000):
          libc.inotify_add_watch(w, b'/', 0x800)
          if n % 100: libc.inotify_rm_watch(w, n + 1)
        libc.inotify_add_watch(w, b'/dev/shm', ctypes.c_uint32(0x84000800))
        os.set_blocking(w, False)
        try:
          while os.read(w, 65536): pass
        except BlockingIOError: pass
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

  @Test
  void unixSocketPairs() throws IOException {
    RoundTrip.check(
        directory,
        """
        a, b = socket.socketpair(); a.send(b'one'); a.send(b'two'); b.send(b'back')
        c, d = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        c.send(b'packet 1'); c.send(b'packet 22'); d.setblocking(False)
        e, f = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET); f.send(b'x' * 5000)
        f.shutdown(socket.SHUT_WR)
        a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 5000)
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        g, h = socket.socketpair(); h.send(b'last words'); h.close()
        ready()
        """);
  }

  @Test
  void unixSocketsWithNames() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            l = socket.socket(socket.AF_UNIX); l.bind(here + '/stream'); l.listen(5)
            os.chmod(here + '/stream', 0o600); os.chown(here + '/stream', 1, 2)
            c = socket.socket(socket.AF_UNIX); c.connect(here + '/stream'); s, _ = l.accept()
            c.send(b'question')
            a = socket.socket(socket.AF_UNIX); a.bind(chr(0) + 'torpor test ' + here); a.listen(3)
            d = socket.socket(socket.AF_UNIX); d.connect(chr(0) + 'torpor test ' + here)
            e, _ = a.accept(); e.send(b'welcome')
            g = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); g.bind('datagram')
            h = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); h.connect('datagram')
            h.send(b'hello'); h.send(b'again')
            i = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); i.bind('lonely')
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'from nobody', 'lonely')
            n = socket.socket(socket.AF_UNIX)
            ready()
            """);
    assertThat(Captures.fileOf(captured, 3).getUsk().getBacklog()).isEqualTo(5);
    Path stream = directory.resolve("before/stream");
    assertThat(Files.getAttribute(stream, "unix:uid")).isEqualTo(1);
  }

  @Test
  void aFileInPlaceOfASocketIsNotRemoved() throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    CapturedFiles captured;
    try (Child child =
        Child.start(before, "l = socket.socket(socket.AF_UNIX); l.bind('name')\nready()")) {
      captured = Captures.of(child.pid());
    }
    Files.delete(before.resolve("name"));
    Files.writeString(before.resolve("name"), "precious");
    assertThatThrownBy(() -> RoundTrip.restore(directory, captured))
        .hasMessageContaining(
            "restoring fd 3 of task 1 (unix socket name): check that no other file has its name");
    assertThat(before.resolve("name")).hasContent("precious");
  }

  @Test
  void internetSockets() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            def bound(family, kind, address, *options):
              s = socket.socket(family, kind)
              for o in options: s.setsockopt(*o)
              s.bind((address, 0)); return s
            t = bound(socket.AF_INET, socket.SOCK_STREAM, '127.0.0.1',
                      (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)); t.listen(7)
            t.setblocking(False)
            u = bound(socket.AF_INET6, socket.SOCK_STREAM, '::1', (41, 26, 1)); u.listen(9)
            v = bound(socket.AF_INET, socket.SOCK_STREAM, '127.0.0.1', (6, 1, 1), (6, 4, 100))
            w = socket.socket()
            x = bound(socket.AF_INET, socket.SOCK_DGRAM, '127.0.0.1', (0, 1, 16), (0, 2, 33))
            y = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            y.connect(x.getsockname())
            z = bound(socket.AF_INET6, socket.SOCK_DGRAM, '::')
            z.settimeout(3); z.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            ready()
            """);
    assertThat(Captures.fileOf(captured, 3).getIsk().getBacklog()).isEqualTo(7);
    assertThat(captured.files()).filteredOn(file -> file.hasIsk()).hasSize(7);
  }

  @Test
  void terminals() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            m, s = os.openpty()
            fcntl.ioctl(s, termios.TIOCSCTTY, 0)
            fcntl.ioctl(m, termios.TIOCSWINSZ, bytes([24, 0, 80, 0, 0, 0, 0, 0]))
            settings = termios.tcgetattr(s); settings[3] &= ~termios.ECHO
            settings[6][termios.VINTR] = 9; termios.tcsetattr(s, termios.TCSANOW, settings)
            os.open('/dev/tty', os.O_RDWR | os.O_NONBLOCK)
            if os.fork() == 0:
              os.close(m)
              forked()
            ready(1)
            """);
    assertThat(captured.ttys()).hasSize(3);
    assertThat(captured.ttys()).allMatch(tty -> tty.getSid() == 1 && tty.getPgrp() == 1);
  }

  /** The kernel gives the lowest free index. Others may have low ones at the same time. */
  @Test
  void terminalsWithHolesBelow() throws IOException {
    RoundTrip.check(
        directory,
        """
        pairs = [os.openpty() for i in range(40)]
        for i in set(range(40)) - {31, 34, 39}:
          os.close(pairs[i][0]); os.close(pairs[i][1])
        ready()
        """);
  }

  @Test
  void aTerminalThatAnotherProcessHasIsNamed() throws IOException {
    Path before = Files.createDirectory(directory.resolve("before"));
    try (Child child = Child.start(before, "m, s = os.openpty()\nready()")) {
      CapturedFiles captured = Captures.of(child.pid());
      int index = captured.ttys().get(0).getPty().getIndex();
      assertThatThrownBy(() -> RoundTrip.restore(directory, captured))
          .hasMessageContaining("opening the master of pts/" + index + " (/dev/ptmx): ");
    }
  }

  @Test
  void signalfds() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            import ctypes
            libc = ctypes.CDLL(None)
            mask = (1 << 9 | 1 << 33 | 1 << 63).to_bytes(8, 'little')
            libc.syscall(289, -1, mask, 8, 0o4000)
            ready()
            """);
    assertThat(Captures.fileOf(captured, 3).getSgfd().getSigmask())
        .isEqualTo(1L << 9 | 1L << 33 | 1L << 63);
  }

  /** Those that run have another time left; {@code TimerFdTest} looks at them. */
  @Test
  void timerfdsThatStandStill() throws IOException {
    CapturedFiles captured =
        RoundTrip.check(
            directory,
            """
            import ctypes, struct
            libc = ctypes.CDLL(None)
            def timer(clock, flags, value, interval):
              fd = libc.timerfd_create(clock, flags)
              libc.timerfd_settime(fd, 0, struct.pack('4q', 0, interval, 0, value), 0)
            timer(1, 0o4000, 1, 0)
            timer(0, 0, 0, 0)
            time.sleep(0.01)
            ready()
            """);
    assertThat(Captures.fileOf(captured, 3).getTfd().getTicks()).isEqualTo(1);
  }
}
