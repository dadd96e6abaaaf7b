// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsFileTest {
  @TempDir Path directory;

  @Test
  void madeFromItsNameAndLeftAloneThen() throws IOException {
    Path options = directory.resolve("new/options");
    OptionsFile file = new OptionsFile(options, "skip-mnt=%2Fd%C3%A4%2Fe,tcp=close");
    file.make();
    assertThat(file.path()).hasContent("skip-mnt=/dä/e\ntcp-close\nno-tcp-established\n");
    file.make();
    assertThat(options.toFile().list()).containsExactly("skip-mnt=%2Fd%C3%A4%2Fe,tcp=close");
  }

  @Test
  void pathTellsWhetherItIsOurs() {
    assertThat(OptionsFile.ofPath("/etc/criu/runc.conf")).isNull();
    assertThat(OptionsFile.ofPath("/run/torpor/options/../x")).isNull();
    assertThat(OptionsFile.ofPath("/run/torpor/options/tcp=close").configuration())
        .isEqualTo("tcp-close\nno-tcp-established\n");
  }

  /** An archive is somebody else's word: its path may ask for no more than annotations may. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "action-script=%2Fx",
        "tcp",
        "tcp=close,",
        "tcp=%zz",
        "tcp=%2",
        "",
        "..",
        "tcp%3Dclose"
      })
  void damagedNameIsRefused(String name) {
    assertThatThrownBy(() -> OptionsFile.ofPath("/run/torpor/options/" + name))
        .isInstanceOf(OptionException.class);
  }

  @Test
  void tooMuchIsRefusedWithAWayOut() {
    String name = "skip-mnt=" + "%2Fabcdefg".repeat(20);
    assertThatThrownBy(() -> new OptionsFile(directory, name))
        .hasMessage(
            "annotations torpor.* have 209 bytes together, of at most 200: write the options into"
                + " a file, and give its path as annotation org.criu.config");
  }
}
