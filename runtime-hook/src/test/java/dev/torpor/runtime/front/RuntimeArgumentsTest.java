// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.runtime.option.OptionException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuntimeArgumentsTest {
  /** As conmon 2.1 calls a runtime for Podman 4.3. */
  @Test
  void readsWhatPodmanGives() {
    RuntimeArguments arguments =
        parse(
            "--systemd-cgroup --log-format=json --log /u/oci-log restore --bundle /u --pid-file /p"
                + " --no-pivot --detach --image-path /u/checkpoint --work-path /u --tcp-close c1");
    assertThat(arguments.command()).isEqualTo("restore");
    assertThat(arguments.id()).isEqualTo("c1");
    assertThat(arguments.globals())
        .containsExactly("--systemd-cgroup", "--log-format=json", "--log", "/u/oci-log");
    assertThat(arguments.text(Flag.LOG)).isEqualTo("/u/oci-log");
    assertThat(arguments.images()).isEqualTo(Path.of("/u/checkpoint"));
    assertThat(arguments.work()).isEqualTo(Path.of("/u"));
    assertThat(arguments.on(Flag.TCP_CLOSE)).isTrue();
  }

  /** containerd 1.6 and its go-runc write one of them with one dash. */
  @Test
  void oneDashIsAsGoodAsTwo() {
    RuntimeArguments arguments = parse("restore -no-subreaper -b=/b -d=false --image-path=i c1");
    assertThat(arguments.on(Flag.NO_SUBREAPER)).isTrue();
    assertThat(arguments.on(Flag.DETACH)).isFalse();
    assertThat(arguments.images()).isEqualTo(Path.of("/b/i"));
    assertThat(arguments.work()).isEqualTo(Path.of("/b/i"));
  }

  @Test
  void imagesOfACheckpointAreNamedFromWhereItIsRun() {
    assertThat(parse("checkpoint c1").images()).isEqualTo(Path.of("checkpoint"));
  }

  /** Podman learns by these words that there is the flag. */
  @Test
  void aFlagWithoutItsValueSaysSo() {
    assertThatThrownBy(() -> parse("restore --lsm-mount-context"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("flag needs an argument: -lsm-mount-context");
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    assertThatThrownBy(() -> parse("checkpoint --detach c1")).hasMessageContaining("-detach");
    assertThatThrownBy(() -> parse("checkpoint c1 c2")).hasMessageContaining("c2");
    assertThatThrownBy(() -> parse("checkpoint").id()).hasMessageContaining("name is missing");
    assertThatThrownBy(() -> parse("restore -d=maybe c1")).hasMessageContaining("maybe");
  }

  @Test
  void theCauseIsTheFirstError() {
    assertThat(
            RuncFailure.firstError(
                """
                (00.001) Dumping
                (00.317) Error (RegularFile.java:289): fd 2: no path
                (00.320) Error (Dump.java:1): second
                """))
        .isEqualTo("fd 2: no path");
    assertThat(RuncFailure.firstError("(00.001) Restore finished successfully\n")).isNull();
  }

  private static RuntimeArguments parse(String words) {
    return RuntimeArguments.parse(List.of(words.split(" ")));
  }
}
