// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Images CRIU 4.2.1 wrote, and what its crit printed for them. */
class RecordedImagesTest extends ImageContract {
  private static Path directory() {
    try {
      return Path.of(RecordedImagesTest.class.getResource("/criu-4.2.1/README.md").toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  List<Sample> samples() throws IOException {
    List<Sample> samples = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory(), "*{.img,-dump}")) {
      for (Path file : files) {
        samples.add(new Sample(file.getFileName().toString(), Files.readAllBytes(file)));
      }
    }
    return samples;
  }

  @Test
  void readAsCritShowsThem() throws IOException {
    assertThat(compare(".show.json", true)).isEqualTo(samples().size() - 1);
  }

  @Test
  void readAsCritDecodesThem() throws IOException {
    assertThat(compare(".decode.json", false)).isEqualTo(6);
  }

  private int compare(String suffix, boolean pretty) throws IOException {
    int compared = 0;
    for (Sample sample : samples()) {
      Path expected = directory().resolve(sample.name + suffix);
      if (Files.exists(expected)) {
        assertThat(sample.json(pretty) + "\n")
            .as(sample.name)
            .isEqualTo(Files.readString(expected));
        compared++;
      }
    }
    return compared;
  }
}
