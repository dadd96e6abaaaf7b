// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.pstree_entry;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images the CRIU of this machine writes of a shell that runs a pipeline. */
class CriuDumpTest extends ImageContract {
  private static final String SHELL = "sleep 1000 | sleep 1000 & exec 5>&1; wait";

  private Path images;
  private Process target;

  @BeforeAll
  void dump(@TempDir Path directory) throws IOException, InterruptedException {
    images = directory;
    String criu = Crit.tool("TORPOR_TEST_CRIU");
    target =
        new ProcessBuilder("setsid", "sh", "-c", SHELL)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    awaitPipeline();
    String tree = Long.toString(target.pid());
    Process dump =
        new ProcessBuilder(
                criu, "dump", "-t", tree, "-D", images.toString(), "-o", "dump.log", "-v2")
            .redirectErrorStream(true)
            .start();
    String output = new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(dump.waitFor()).as(output + log()).isZero();
  }

  @AfterAll
  void reap() throws InterruptedException {
    if (target != null) {
      target.descendants().forEach(ProcessHandle::destroyForcibly);
      target.destroyForcibly();
      target.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private void awaitPipeline() throws InterruptedException {
    for (int attempt = 0; attempt < 100; attempt++) {
      if (target.descendants().count() == 2) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("the shell did not start its pipeline");
  }

  private String log() throws IOException {
    Path log = images.resolve("dump.log");
    return Files.exists(log) ? Files.readString(log) : "no log";
  }

  @Override
  List<Sample> samples() throws IOException {
    List<Sample> samples = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(images)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        ImageType type = ImageType.ofFileName(name);
        if (type != null && !type.isRaw()) {
          samples.add(new Sample(name, Files.readAllBytes(file)));
        }
      }
    }
    return samples;
  }

  @Test
  void everyFileIsKnown() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(images)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        assertThat(name.equals("dump.log") || ImageType.ofFileName(name) != null).as(name).isTrue();
      }
    }
  }

  @Test
  void eachTaskHasItsCore() throws IOException {
    ImageDirectory directory = ImageDirectory.at(images);
    List<Long> threads = new ArrayList<>();
    try (ImageReader reader = directory.read(ImageType.PSTREE)) {
      for (pstree_entry task : reader.rest(pstree_entry.parser())) {
        threads.add((long) task.getPid());
      }
    }
    assertThat(threads).hasSize(3);
    assertThat(directory.ids(ImageType.CORE)).containsExactlyInAnyOrderElementsOf(threads);
    for (long pid : threads) {
      try (ImageReader reader = directory.read(ImageType.CORE, pid)) {
        assertThat(reader.only(core_entry.parser()).getTc().getComm()).isIn("sh", "sleep");
      }
    }
    try (ImageReader reader = directory.read(ImageType.INVENTORY)) {
      assertThat(reader.only(inventory_entry.parser()).getImgVersion()).isEqualTo(2);
    }
  }

  @Test
  void critReadsTheSame() throws IOException, InterruptedException {
    Crit.requireSameOutput(samples(), true);
    Crit.requireSameOutput(samples().subList(0, 3), false);
  }
}
