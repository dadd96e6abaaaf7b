// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.Message;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.tty_info_entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is captured of a process is what CRIU writes of the same process. */
class SameAsCriuTest {
  @TempDir Path directory;

  @Test
  void aProcessWithFilesOfAllKinds() throws Exception {
    check(
        """
        f = os.open('data', os.O_RDWR | os.O_CREAT); os.write(f, b'hello world'); os.lseek(f, 5, 0)
        os.open('log', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.open('.', os.O_RDONLY | os.O_DIRECTORY); os.open('/dev/urandom', os.O_RDONLY)
        r, w = os.pipe(); os.write(w, b'in the pipe'); os.set_blocking(w, False); os.dup2(r, 60)
        fcntl.fcntl(w, 1031, 131072)
        os.mkfifo('fifo'); p = os.open('fifo', os.O_RDWR); os.write(p, b'in the fifo')
        e = os.eventfd(7, os.EFD_NONBLOCK)
        import ctypes, struct
        libc = ctypes.CDLL(None)
        libc.syscall(289, -1, (1 << 9 | 1 << 40).to_bytes(8, 'little'), 8, 0o4000)
        libc.timerfd_create(7, 0o4000)
        y = libc.timerfd_create(1, 0)
        libc.timerfd_settime(y, 0, struct.pack('4q', 0, 0, 0, 1), 0)
        ep = select.epoll(); ep.register(r, select.EPOLLIN); ep.register(e, select.EPOLLET)
        a, b = socket.socketpair(); a.send(b'unix'); a.send(b'data')
        c, d = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); c.send(b'1'); c.send(b'22')
        l = socket.socket(socket.AF_UNIX); l.bind(here + '/stream'); l.listen(5)
        g = socket.socket(socket.AF_UNIX); g.connect(here + '/stream'); h, _ = l.accept()
        i = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); i.bind('datagram')
        j = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); j.connect('datagram'); j.send(b'x')
        k = socket.socket(socket.AF_UNIX); k.bind(chr(0) + here); k.listen(3)
        t = socket.socket(); t.bind(('127.0.0.1', 0)); t.listen(7)
        u = socket.socket(socket.AF_INET6); u.setsockopt(41, 26, 1); u.bind(('::1', 0)); u.listen(9)
        v = socket.socket(); v.setsockopt(6, 1, 1)
        x = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); x.bind(('127.0.0.1', 0))
        m = os.memfd_create('sealed', os.MFD_ALLOW_SEALING); os.write(m, b'x' * 5000)
        fcntl.fcntl(m, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE)
        os.mkdir('watched'); w = libc.inotify_init1(0o4000)
        libc.inotify_add_watch(w, b'watched', 0x100); libc.inotify_add_watch(w, b'data', 0x4000002)
        libc.inotify_rm_watch(w, libc.inotify_add_watch(w, b'log', 2)); os.read(w, 99)
        libc.inotify_add_watch(w, b'/dev/shm', 0x800); libc.inotify_init1(0)
        n = os.open(f'/proc/self/fd/{m}', os.O_RDONLY); os.lseek(n, 7, 0); os.memfd_create('empty')
        if os.fork() == 0:
          os.open('data', os.O_RDONLY)
          forked()
        ready(1)
        """);
  }

  @Test
  void aTerminalAndItsShell() throws Exception {
    check(
        """
        m, s = os.openpty()
        if os.fork() == 0:
          os.close(m); os.setsid(); fcntl.ioctl(s, termios.TIOCSCTTY, 0)
          os.dup2(s, 0); os.dup2(s, 1); os.dup2(s, 2); os.close(s)
          forked()
        os.close(s)
        ready(1)
        """);
  }

  private void check(String program) throws IOException, InterruptedException {
    String criu = System.getenv("TORPOR_TEST_CRIU");
    assumeTrue(criu != null, "TORPOR_TEST_CRIU names no CRIU to compare with");
    Path images = Files.createDirectory(directory.resolve("images"));
    CapturedFiles ours;
    CapturedFiles theirs;
    try (Child child = Child.startBeside(directory, program)) {
      ours = Captures.of(child.pids());
      dump(criu, child.pid(), images);
      theirs = new CapturedFiles(DirectoryImages.of(ImageDirectory.at(images)));
    }
    Same same = new Same();
    List<List<fdinfo_entry>> wanted = new ArrayList<>(theirs.descriptors().values());
    List<List<fdinfo_entry>> got = new ArrayList<>(ours.descriptors().values());
    assertThat(got).hasSameSizeAs(wanted);
    for (int table = 0; table < wanted.size(); table++) {
      compare(same, theirs, ours, sorted(wanted.get(table)), sorted(got.get(table)));
    }
    assertThat(ours.packets()).hasSameSizeAs(theirs.packets());
    for (int i = 0; i < theirs.pipeData().size(); i++) {
      same.check("pipe", theirs.pipeData().get(i).entry(), ours.pipeData().get(i).entry());
      assertThat(ours.pipeData().get(i).payload()).isEqualTo(theirs.pipeData().get(i).payload());
    }
    for (int i = 0; i < theirs.fifoData().size(); i++) {
      same.check("fifo", theirs.fifoData().get(i).entry(), ours.fifoData().get(i).entry());
      assertThat(ours.fifoData().get(i).payload()).isEqualTo(theirs.fifoData().get(i).payload());
    }
    for (int i = 0; i < theirs.packets().size(); i++) {
      // Whose name they do not tell.
      same.check(
          "packet",
          theirs.packets().get(i).entry(),
          ours.packets().get(i).entry().toBuilder().clearSender().build());
      assertThat(ours.packets().get(i).payload()).isEqualTo(theirs.packets().get(i).payload());
    }
    assertThat(ours.memfds()).hasSameSizeAs(theirs.memfds());
    for (int i = 0; i < theirs.memfds().size(); i++) {
      // Whose times they do not tell.
      same.check(
          "memfd",
          theirs.memfds().get(i),
          ours.memfds().get(i).toBuilder().clearAtimeNs().clearMtimeNs().build());
    }
    assertThat(ours.ttys()).hasSameSizeAs(theirs.ttys());
    for (int i = 0; i < theirs.ttys().size(); i++) {
      // Behind the characters, CRIU's words hold what its memory happened to hold.
      same.check("tty", withoutTermios(theirs.ttys().get(i)), withoutTermios(ours.ttys().get(i)));
      assertThat(ours.ttys().get(i).getTermios().getCCcList().subList(0, 4))
          .isEqualTo(theirs.ttys().get(i).getTermios().getCCcList().subList(0, 4));
    }
  }

  private static void dump(String criu, int pid, Path images)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                criu,
                "dump",
                "-t",
                Integer.toString(pid),
                "-D",
                images.toString(),
                "-R",
                "-o",
                "log")
            .redirectErrorStream(true)
            .redirectOutput(images.resolve("out").toFile())
            .start();
    int status = process.waitFor();
    assertThat(status).as(() -> log(images)).isZero();
  }

  private static String log(Path images) {
    try {
      return Files.readString(images.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A shell's child has the terminal's descriptors first in CRIU's list. */
  private static List<fdinfo_entry> sorted(List<fdinfo_entry> entries) {
    List<fdinfo_entry> sorted = new ArrayList<>(entries);
    sorted.sort((a, b) -> Integer.compare(a.getFd(), b.getFd()));
    return sorted;
  }

  private static void compare(
      Same same,
      CapturedFiles theirs,
      CapturedFiles ours,
      List<fdinfo_entry> wanted,
      List<fdinfo_entry> got) {
    assertThat(got).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.size(); i++) {
      String where = "fd " + wanted.get(i).getFd();
      same.check(where, wanted.get(i), got.get(i));
      file_entry a = Captures.file(theirs, wanted.get(i).getId());
      file_entry b = Captures.file(ours, got.get(i).getId());
      same.check(where, comparable(a), comparable(b));
      comparePath(same, where, theirs, ours, a, b);
    }
  }

  private static void comparePath(
      Same same,
      String where,
      CapturedFiles theirs,
      CapturedFiles ours,
      file_entry a,
      file_entry b) {
    int wanted = a.hasFifo() ? a.getFifo().getRegfId() : a.getTty().getRegfId();
    int got = b.hasFifo() ? b.getFifo().getRegfId() : b.getTty().getRegfId();
    if (wanted != 0) {
      same.check(
          where, comparable(Captures.file(theirs, wanted)), comparable(Captures.file(ours, got)));
    }
  }

  /** Without what a test of one process cannot agree on, and what is left to CRIU. */
  private static Message comparable(file_entry entry) {
    file_entry.Builder copy = entry.toBuilder();
    if (entry.hasUsk()) {
      // CRIU does not look for who the peer is.
      copy.getUskBuilder().clearNsId().clearPeercred();
    }
    if (entry.hasIsk()) {
      copy.getIskBuilder().clearNsId();
    }
    if (entry.hasPipe()) {
      // Newer than CRIU 4.2.
      copy.getPipeBuilder().clearUid().clearGid();
    }
    return copy.build();
  }

  private static Message withoutTermios(tty_info_entry entry) {
    var copy = entry.toBuilder();
    copy.getTermiosBuilder().clearCCc();
    copy.getTermiosLockedBuilder().clearCCc();
    return copy.build();
  }
}
