// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeneratedImagesTest extends ImageContract {
  @Override
  List<Sample> samples() throws IOException {
    return GeneratedImages.all();
  }

  @Test
  void thereIsOneForEveryMagic() throws IOException {
    assertThat(samples()).hasSize(68);
  }

  @Test
  void critReadsThem() throws IOException, InterruptedException {
    List<Sample> known = new ArrayList<>();
    for (Sample sample : samples()) {
      if (GeneratedImages.critReads(sample.name)) {
        known.add(sample);
      }
    }
    Crit.requireSameOutput(known, true);
  }
}
