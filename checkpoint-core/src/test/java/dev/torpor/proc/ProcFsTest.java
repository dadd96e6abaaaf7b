// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.torpor.linux.KernelString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recorded directory in the place of /proc. */
class ProcFsTest {
  @TempDir Path root;

  private ProcFs proc;

  @BeforeEach
  void record() throws IOException {
    proc = new ProcFs(root);
    write("task/42/stat", "42 (two words) S 1 42 42 0 -1 0 0 0\n");
    write("task/42/status", "Name:\ttwo words\nUmask:\t0022\n");
    write("task/42/children", "50 44 ");
    write("task/100/children", "");
    write("task/99/children", "45 ");
    write("fd/10", "");
    write("fd/9", "");
    Files.createSymbolicLink(root.resolve("42/exe"), Path.of("/usr/bin/a b (deleted)"));
  }

  private void write(String name, String content) throws IOException {
    Path file = root.resolve("42").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content, StandardCharsets.ISO_8859_1);
  }

  @Test
  void parsedFiles() {
    assertThat(proc.root()).isEqualTo(root.toString());
    assertThat(proc.stat(42, 42).comm()).isEqualTo("two words");
    assertThat(proc.status(42, 42).octal("Umask")).isEqualTo(18);
  }

  @Test
  void numbersAscend() {
    assertThat(proc.threads(42)).containsExactly(42, 99, 100);
    assertThat(proc.descriptors(42)).containsExactly(9, 10);
  }

  @Test
  void childrenOfAllThreadsInOrderOfBirth() {
    assertThat(proc.children(42)).containsExactly(50, 44, 45);
  }

  @Test
  void links() {
    assertThat(proc.link(42, "exe")).isEqualTo("/usr/bin/a b (deleted)");
  }

  @Test
  void longTextOfAnyBytes() throws IOException {
    byte[] line = {(byte) 0xff, (byte) 0xc3, (byte) 0xa9, 'x', '\n'};
    byte[] bytes = new byte[20_000 * line.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = line[i % line.length];
    }
    Files.write(root.resolve("42/maps"), bytes);
    String text = proc.text(42, "maps");
    assertThat(text).startsWith("\udcff\u00e9x\n").hasSize(20_000 * 4);
    assertThat(KernelString.encode(text)).isEqualTo(bytes);
  }

  @Test
  void taskThatIsGone() {
    assertThat(failure(() -> proc.text(43, "maps")).gone()).isTrue();
    assertThat(failure(() -> proc.link(43, "exe")).gone()).isTrue();
    assertThat(failure(() -> proc.threads(43)).gone()).isTrue();
    assertThatThrownBy(() -> proc.stat(43, 43)).hasMessageContaining(root + "/43/task/43/stat");
  }

  @Test
  void fileThatCannotBeReadIsNotGone() throws IOException {
    Files.createDirectories(root.resolve("42/attr"));
    assertThat(failure(() -> proc.text(42, "attr")).gone()).isFalse();
  }

  private static ProcException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(ProcException.class, call);
  }
}
