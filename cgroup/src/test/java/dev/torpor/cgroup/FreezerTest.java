// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreezerTest {
  @TempDir Path cgroup;

  @Test
  void freezingIsKeptAsAWishToBeFrozen() throws IOException {
    file("freezer.state", "FREEZING\n");

    Freezer freezer = Freezer.of(cgroup);

    assertThat(freezer.state()).isEqualTo(FreezerState.FREEZING);
    assertThat(freezer.originState()).isEqualTo(FreezerState.FROZEN);
  }

  @Test
  void unknownStateIsRefused() throws IOException {
    file("freezer.state", "MELTING\n");

    assertThatThrownBy(() -> Freezer.of(cgroup)).hasMessageContaining("is 'MELTING'");
  }

  @Test
  void eventsWithoutFrozenLineAreRefused() throws IOException {
    file("cgroup.freeze", "0\n");
    file("cgroup.events", "populated 1\n");

    assertThatThrownBy(() -> Freezer.of(cgroup)).hasMessageContaining("cgroup.events: no line");
  }

  @Test
  void taskOfAnInvisiblePidNamespaceIsRefused() throws IOException {
    file("cgroup.procs", "12\n0\n");

    assertThatThrownBy(() -> new CgroupDirectory(cgroup).processes())
        .hasMessageContaining("not visible here");
  }

  private void file(String name, String text) throws IOException {
    Files.writeString(cgroup.resolve(name), text);
  }
}
