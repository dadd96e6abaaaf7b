// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.core.CoreRooms;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.pipe_entry;
import dev.torpor.image.proto.pipe_run;
import dev.torpor.linux.Fcntl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipeTest {
  @TempDir Path directory;

  @Test
  void capturesBothEndsAndWhatWaits() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            r, w = os.pipe(); os.write(w, b'in the pipe')
            fcntl.fcntl(w, fcntl.F_SETFL, os.O_NONBLOCK); fcntl.fcntl(w, 1031, 131072)
            ready()
            """)) {
      CapturedFiles files = Captures.of(child.pid());

      pipe_entry reader = Captures.fileOf(files, 3).getPipe();
      pipe_entry writer = Captures.fileOf(files, 4).getPipe();
      assertThat(reader.getFlags()).isEqualTo(Fcntl.O_RDONLY);
      assertThat(writer.getFlags()).isEqualTo(Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
      assertThat(reader.getPipeId()).isEqualTo(writer.getPipeId());
      assertThat(files.pipeData()).hasSize(1);
      pipe_data_entry data = files.pipeData().get(0).entry();
      assertThat(data.getPipeId()).isEqualTo(reader.getPipeId());
      assertThat(data.getSize()).isEqualTo(131072);
      assertThat(files.pipeData().get(0).payload())
          .isEqualTo("in the pipe".getBytes(StandardCharsets.US_ASCII));
      assertThat(Captures.of(child.pid()).pipeData().get(0).payload())
          .as("nothing was taken out")
          .hasSize(11);
    }
  }

  @Test
  void comesBackFromTheImages() throws IOException {
    try (Child child =
        Child.start(directory, "r, w = os.pipe(); os.write(w, b'abc' * 10000)\nready()")) {
      ImageDirectory images = ImageDirectory.at(Files.createDirectory(directory.resolve("images")));
      CapturedImages captured = new CapturedImages(images);
      FileTable table =
          new FileTable(
              Captures.context(), CoreRooms.all().of(FileRoom.class), descriptor -> {}, captured);
      table.captureDescriptors(child.pid());
      CapturedFiles files = Captures.finish(table);
      for (FutureTask<Void> write : captured.writes()) {
        SecondThread.result(write);
      }

      CapturedFiles read = new CapturedFiles(DirectoryImages.of(images));
      assertThat(read.files()).isEqualTo(files.files());
      assertThat(read.descriptors()).isEqualTo(files.descriptors());
      assertThat(read.pipeData().get(0).entry()).isEqualTo(files.pipeData().get(0).entry());
      assertThat(read.pipeData().get(0).payload()).isEqualTo(files.pipeData().get(0).payload());
    }
  }

  @Test
  void findsTheBordersOfPackets() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            r, w = os.pipe(); os.write(w, b's' * 4096); os.write(w, b'tream')
            fcntl.fcntl(w, fcntl.F_SETFL, os.O_DIRECT); os.write(w, b'1' * 4095); os.write(w, b'2')
            os.write(w, b'3')
            fcntl.fcntl(w, fcntl.F_SETFL, 0); os.write(w, b'behind')
            ready()
            """)) {
      CapturedFiles files = Captures.of(child.pid());

      assertThat(files.files().stream().filter(entry -> entry.getType() == fd_types.PIPE_PACKETS))
          .singleElement()
          .extracting(entry -> entry.getPipePackets().getRunsList())
          .asInstanceOf(InstanceOfAssertFactories.list(pipe_run.class))
          .extracting(pipe_run::getBytes, pipe_run::getPacket)
          .containsExactly(
              tuple(4101, false),
              tuple(4095, true),
              tuple(1, true),
              tuple(1, true),
              tuple(6, false));
      assertThat(files.pipeData().get(0).payload()).hasSize(8204);
    }
  }
}
