// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FeatureKernelTest {
  /** CRIU answers yes also where the kernel is built without CONFIG_INET_RAW_DIAG. */
  @ParameterizedTest
  @EnumSource(value = Feature.class, mode = EnumSource.Mode.EXCLUDE, names = "NET_DIAG_RAW")
  void answersAsCriuDoes(Feature feature) throws IOException, InterruptedException {
    String criu = System.getenv("TORPOR_TEST_CRIU");
    assumeTrue(criu != null, "TORPOR_TEST_CRIU names no CRIU to compare with");
    Process process =
        new ProcessBuilder(criu, "check", "--feature", feature.criuName())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.DISCARD)
            .start();
    boolean criuSaysYes = process.waitFor() == 0;
    String missing = feature.missing();
    assertThat(missing == null).as("%s: %s", feature.criuName(), missing).isEqualTo(criuSaysYes);
  }

  @Test
  void thisMachineHasWhatIsNeeded() {
    assertThat(new KernelCheck().firstMissing()).isNull();
  }

  @Test
  void allNamesOfCriuAreKnown() {
    assertThat(Feature.values()).hasSize(45);
    assertThat(Feature.values()).extracting(Feature::criuName).doesNotHaveDuplicates();
    assertThat(Feature.of("mnt_id")).isEqualTo(Feature.MNT_ID);
    assertThat(Feature.of("bogus")).isNull();
  }

  @Test
  void probesLeaveNothingBehind() throws IOException {
    askForAll();
    List<String> descriptors = descriptors();
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    askForAll();
    assertThat(descriptors()).isEqualTo(descriptors);
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(mounts);
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  private static void askForAll() {
    for (Feature feature : Feature.values()) {
      feature.missing();
    }
  }

  private static List<String> descriptors() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      List<String> targets = new ArrayList<>();
      for (Path fd : fds.toList()) {
        if (Files.isSymbolicLink(fd)) {
          targets.add(fd + " " + Files.readSymbolicLink(fd));
        }
      }
      return targets;
    }
  }
}
