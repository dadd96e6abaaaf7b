// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmapsRollupTest {
  @TempDir Path directory;

  @Test
  void pagesOfItsOwn() throws IOException {
    assertThat(of("Pss_Anon:         100048 kB\n", 100048).sharesAnonymousPages()).isFalse();
  }

  @Test
  void pagesSharedSinceAFork() throws IOException {
    assertThat(of("Pss_Anon:          13129 kB\n", 65584).sharesAnonymousPages()).isTrue();
  }

  @Test
  void pagesInMemory() throws IOException {
    assertThat(of("", 4).residentKib()).isEqualTo(101500);
  }

  @Test
  void kernelWithoutTheField() {
    assertThatThrownBy(() -> of("", 4).sharesAnonymousPages())
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("Pss_Anon");
  }

  private SmapsRollup of(String pssAnon, long anonymousKib) throws IOException {
    String text =
        "55d0c0a5b000-7ffd5a9fe000 ---p 00000000 00:00 0                          [rollup]\n"
            + "Rss:              101500 kB\n"
            + pssAnon
            + "Anonymous:        "
            + anonymousKib
            + " kB\n"
            + "LazyFree:              0 kB\n";
    Path file = Files.writeString(directory.resolve("smaps_rollup"), text);
    return SmapsRollup.read(file.toString());
  }
}
