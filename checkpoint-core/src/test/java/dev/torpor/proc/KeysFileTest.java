// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines as Linux 6.18 wrote them. */
class KeysFileTest {
  private static final String KERNELS =
      """
      053d1524 I------     1 perm 0f0b0000     0     0 keyring   .blacklist: empty
      05dd685b I--Q---     1 perm 0c030000     0 65534 keyring   .user_reg: 2
      0ce52fdf I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid_ses.0: 1
      3b74dce1 I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: empty
      """;

  @TempDir private Path proc;

  @Test
  void noneButTheKernels() throws IOException {
    assertThat(mayHaveOwn(KERNELS, "    0:     9 8/8 3/1000000 40/25000000\n")).isFalse();
  }

  @Test
  void aSessionKeyring() throws IOException {
    String keys =
        KERNELS + "3e9495ee I--Q---     1 perm 3f130000     0     0 keyring   _ses.a: 1\n";
    assertThat(mayHaveOwn(keys, "    0:    10 9/9 4/1000000 55/25000000\n")).isTrue();
  }

  @Test
  void onesThatAreNotToBeSeen() throws IOException {
    assertThat(
            mayHaveOwn(
                KERNELS,
                "    0:     9 8/8 3/1000000 40/25000000\n 1000:     3 2/2 2/200 30/20000\n"))
        .isTrue();
    assertThat(mayHaveOwn("", "    0:     9 8/8 3/1000000 40/25000000\n")).isTrue();
  }

  @Test
  void aKernelWithoutKeys() {
    assertThat(KeysFile.mayHaveOwn(new ProcFs(proc))).isFalse();
  }

  private boolean mayHaveOwn(String keys, String users) throws IOException {
    Files.writeString(proc.resolve("keys"), keys);
    Files.writeString(proc.resolve("key-users"), users);
    return KeysFile.mayHaveOwn(new ProcFs(proc));
  }
}
