// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.linux.Fcntl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegularFileTest {
  @TempDir Path directory;

  @Test
  void capturesPositionFlagsAndSize() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            f = os.open('data', os.O_RDWR | os.O_CREAT)
            os.write(f, b'hello world'); os.lseek(f, 5, 0)
            l = os.open('log', os.O_WRONLY | os.O_CREAT | os.O_APPEND); os.write(l, b'x')
            os.set_inheritable(l, True)
            ready()
            """)) {
      CapturedFiles files = Captures.of(child.pid());

      reg_file_entry data = Captures.fileOf(files, 3).getReg();
      assertThat(data.getName()).isEqualTo(directory.toRealPath().resolve("data").toString());
      assertThat(data.getFlags()).isEqualTo(Fcntl.O_RDWR | Fcntl.O_LARGEFILE);
      assertThat(data.getPos()).isEqualTo(5);
      assertThat(data.getSize()).isEqualTo(11);
      assertThat(data.hasMntId()).isFalse();
      assertThat(Captures.descriptor(files, 2, 3).getFlags()).isEqualTo(Fcntl.FD_CLOEXEC);

      reg_file_entry log = Captures.fileOf(files, 4).getReg();
      assertThat(log.getFlags()).isEqualTo(Fcntl.O_WRONLY | Fcntl.O_APPEND | Fcntl.O_LARGEFILE);
      assertThat(log.hasSize()).isFalse();
      assertThat(Captures.descriptor(files, 2, 4).getFlags()).isZero();
      assertThat(Captures.fileOf(files, 0).getReg().getName()).isEqualTo("/dev/null");
    }
  }

  @Test
  void notesTheBuildIdOfAnElfFile() throws IOException {
    try (Child child = Child.start(directory, "os.open(sys.executable, os.O_RDONLY)\nready()")) {
      reg_file_entry program = Captures.fileOf(Captures.of(child.pid()), 3).getReg();
      assertThat(program.getBuildIdCount()).isEqualTo(5);
      assertThat(program.getBuildIdList()).isEqualTo(BuildId.ofPath(program.getName()));
    }
  }

  @Test
  void whatIsNoWholeElfFileHasNoBuildId() throws IOException {
    byte[] elf = Files.readAllBytes(Path.of("/proc/self/exe"));
    Path file = directory.resolve("cut");
    for (int length : new int[] {0, 3, 63, 64, 100, 700}) {
      Files.write(file, Arrays.copyOf(elf, length));
      assertThat(BuildId.ofPath(file.toString())).as("%d bytes", length).isEmpty();
    }
    Files.writeString(file, "#!/bin/sh\n" + "x".repeat(100));
    assertThat(BuildId.ofPath(file.toString())).isEmpty();
  }

  @Test
  void sharedOpenFilesHaveOneIdAndReopenedOnesTwo() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            f = os.open('data', os.O_RDWR | os.O_CREAT)
            os.dup2(f, 7)
            g = os.open('data', os.O_RDWR)
            if os.fork() == 0: forked()
            ready(1)
            """)) {
      CapturedFiles files = Captures.of(child.pids());

      int id = Captures.descriptor(files, 2, 3).getId();
      assertThat(Captures.descriptor(files, 2, 7).getId()).isEqualTo(id);
      assertThat(Captures.descriptor(files, 3, 3).getId()).isEqualTo(id);
      assertThat(Captures.descriptor(files, 2, 4).getId()).isNotEqualTo(id);
      assertThat(Captures.descriptor(files, 3, 4).getId())
          .isEqualTo(Captures.descriptor(files, 2, 4).getId());
      assertThat(files.descriptors()).hasSize(2);
    }
  }

  @Test
  void namesADeletedFileThatIsTooLarge() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            f = os.open('log', os.O_RDWR | os.O_CREAT); os.unlink('log')
            os.write(f, b'x' * 1500000); os.fsync(f)
            ready()
            """)) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageStartingWith(
              "fd 3 of task "
                  + child.pid()
                  + " ("
                  + directory.toRealPath().resolve("log")
                  + " (deleted)): the file is deleted and has 15")
          .hasMessageEndingWith("--ghost-limit 2M");
    }
  }

  @Test
  void oneGhostForAllThatReferToIt() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            f = os.open('a', os.O_RDWR | os.O_CREAT); os.link('a', 'b')
            g = os.open('b', os.O_RDONLY); os.unlink('a'); os.unlink('b')
            h = os.open('a', os.O_RDWR | os.O_CREAT); os.unlink('a')
            ready()
            """)) {
      CapturedFiles files = Captures.of(child.pid());
      assertThat(
              files.images().entries(ImageType.REMAP_FPATH, remap_file_path_entry.parser()).stream()
                  .map(remap_file_path_entry::getRemapId))
          .containsExactly(1, 1, 2);
      assertThat(Captures.fileOf(files, 4).getReg().getName()).endsWith("/b");
    }
  }

  @Test
  void namesAReplacedFile() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            f = os.open('log', os.O_RDWR | os.O_CREAT); os.link('log', 'other')
            os.unlink('log'); os.close(os.open('log', os.O_RDWR | os.O_CREAT))
            ready()
            """)) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("fd 3 of task " + child.pid());
    }
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    try (Child child =
        Child.start(directory, "b = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)\nready()")) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageStartingWith("fd 3 of task " + child.pid() + " (socket:[");
    }
  }

  @Test
  void capturesCwdRootAndExeOnce() throws IOException {
    try (Child child = Child.start(directory, "ready()")) {
      FileTable table = Captures.table(Captures.context());
      var fs = table.fs(child.pid(), "", 022);
      MappedFile exe = table.mapped(child.pid(), "exe", Fcntl.O_RDONLY);
      assertThat(table.mapped(child.pid(), "exe", Fcntl.O_RDONLY)).isEqualTo(exe);
      CapturedFiles files = Captures.finish(table);

      assertThat(Captures.file(files, fs.getCwdId()).getReg().getName())
          .isEqualTo(directory.toRealPath().toString());
      assertThat(Captures.file(files, fs.getRootId()).getReg().getName()).isEqualTo("/");
      assertThat(Captures.file(files, exe.id()).getReg().getName()).startsWith("/usr/bin/python3");
      assertThat(Captures.file(files, exe.id()).getType()).isEqualTo(fd_types.REG);
      assertThat(files.files()).hasSize(3);
    }
  }
}
