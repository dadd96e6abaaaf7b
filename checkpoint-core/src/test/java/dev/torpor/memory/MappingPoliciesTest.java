// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappingPoliciesTest {
  private static final String MAPS =
      """
      55d0c8a4a000 interleave:0-1 file=/usr/bin/sleep mapped=2 mapmax=3 N0=2 kernelpagesize_kB=4
      7f3cc1e00000 bind=static:1 anon=8 dirty=8 active=0 N1=8 kernelpagesize_kB=4
      7f3cc2000000 prefer:0
      7ffd3d5e4000 interleave:0-1 stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4
      """;

  @TempDir Path root;

  private List<String> warnings(String nodes) throws IOException {
    Files.createDirectories(root.resolve("42"));
    Files.writeString(root.resolve("42/numa_maps"), MAPS);
    List<String> warnings = new ArrayList<>();
    MappingPolicies policies = new MappingPolicies(new ProcFs(root), nodes);
    policies.warn(42, warnings::add);
    policies.warn(43, warnings::add);
    return warnings;
  }

  @Test
  void namesTheFirst() throws IOException {
    assertThat(warnings("0-1"))
        .containsExactly(
            "task 42: memory policies of 2 mappings (mbind) are lost, the first is bind=static:1 at"
                + " 7f3cc1e00000");
  }

  @Test
  void doesNotReadWhereTheyChangeNothing() throws IOException {
    assertThat(warnings("0")).isEmpty();
    assertThat(warnings("")).isEmpty();
  }
}
