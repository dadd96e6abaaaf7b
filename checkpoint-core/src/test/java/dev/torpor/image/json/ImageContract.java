// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageException.Problem;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every image, wherever it comes from. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ImageContract {
  private static final int MAX_CUTS = 200;

  /** The images, each at most a few kilobytes. */
  abstract List<Sample> samples() throws IOException;

  @ParameterizedTest
  @MethodSource("samples")
  void comesBackByteForByte(Sample sample) throws IOException {
    assertThat(Sample.image(sample.json(false))).isEqualTo(sample.bytes);
    assertThat(Sample.image(sample.json(true))).isEqualTo(sample.bytes);
  }

  /** Cut between two entries an image is only shorter; anywhere else it must be refused. */
  @ParameterizedTest
  @MethodSource("samples")
  void isNeverMisreadWhenCut(Sample sample) throws IOException {
    int refused = 0;
    int step = Math.max(1, sample.bytes.length / MAX_CUTS);
    for (int length = 0; length < sample.bytes.length; length += step) {
      byte[] cut = Arrays.copyOf(sample.bytes, length);
      try {
        assertThat(Sample.image(Sample.json(cut, false))).as("cut to %d", length).isEqualTo(cut);
      } catch (ImageException e) {
        refused++;
        assertThat(e.problem())
            .as("cut to %d", length)
            .isIn(Problem.TRUNCATED, Problem.NO_HEAD, Problem.MISSING_ENTRY);
      }
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isRefusedWithAnotherMagic(Sample sample) {
    for (int at = 0; at < Integer.BYTES; at++) {
      byte[] damaged = sample.bytes.clone();
      damaged[at] ^= 0x55;
      assertThatThrownBy(() -> Sample.json(damaged, false))
          .isInstanceOfSatisfying(
              ImageException.class, e -> assertThat(e.problem()).isEqualTo(Problem.NO_HEAD));
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isRefusedWhenAnEntryClaimsMoreThanThereIs(Sample sample) {
    int at = sample.name.startsWith("inventory") ? Integer.BYTES : 2 * Integer.BYTES;
    byte[] damaged = sample.bytes.clone();
    damaged[at + 2] |= 0x70;
    assertThatThrownBy(() -> Sample.json(damaged, false))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TRUNCATED));
    damaged[at + 3] |= (byte) 0x80;
    assertThatThrownBy(() -> Sample.json(damaged, false))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.problem()).isEqualTo(Problem.ENTRY_TOO_LONG));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isRefusedWithTrailingBytes(Sample sample) throws IOException {
    if (sample.name.startsWith("ghost-file") && !sample.json(false).contains("\"chunks\": true")) {
      return; // its content goes up to the end of the file, wherever that is
    }
    byte[] longer = Arrays.copyOf(sample.bytes, sample.bytes.length + 3);
    assertThatThrownBy(() -> Sample.json(longer, false))
        .isInstanceOfSatisfying(
            ImageException.class, e -> assertThat(e.problem()).isEqualTo(Problem.TRUNCATED));
  }
}
