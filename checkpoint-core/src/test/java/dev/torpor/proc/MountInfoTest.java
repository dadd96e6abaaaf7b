// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MountInfoTest {
  private static MountInfo one(String line) {
    return MountInfo.parse("mountinfo", (line + "\n").getBytes(StandardCharsets.UTF_8)).get(0);
  }

  @Test
  void readsEveryFieldOfProcPidMountinfo() {
    // The example of proc_pid_mountinfo(5).
    MountInfo mount =
        one("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
    assertThat(mount)
        .isEqualTo(
            new MountInfo(
                36,
                35,
                98 << 20,
                "/mnt1",
                false,
                "/mnt2",
                "rw,noatime",
                0,
                1,
                false,
                "ext3",
                "/dev/root",
                "rw,errors=continue"));
  }

  @Test
  void readsSeveralTags() {
    MountInfo mount =
        one("36 35 0:300000 / /a rw shared:7 master:1 propagate_from:2 unbindable - tmpfs x rw");
    assertThat(mount.sharedId()).isEqualTo(7);
    assertThat(mount.masterId()).isEqualTo(1);
    assertThat(mount.unbindable()).isTrue();
    assertThat(mount.device()).isEqualTo(300000);
  }

  @Test
  void undoesEscapes() {
    MountInfo mount =
        one("1 2 0:3 /a\\040b\\134 /t\\011n\\012\u00e9 rw - fuse.s\\043 no\\040ne rw");
    assertThat(mount.root()).isEqualTo("/a b\\");
    assertThat(mount.mountPoint()).isEqualTo("/t\tn\n\u00e9");
    assertThat(mount.type()).isEqualTo("fuse.s#");
    assertThat(mount.source()).isEqualTo("no ne");
  }

  @Test
  void knowsADeletedRoot() {
    MountInfo mount = one("1 2 0:3 /x//deleted /y rw - tmpfs t rw");
    assertThat(mount.deleted()).isTrue();
    assertThat(mount.root()).isEqualTo("/x");
  }

  @Test
  void keepsAnEmptySource() {
    assertThat(one("1 2 0:3 / /y rw - tmpfs  rw").source()).isEmpty();
  }

  @Test
  void namesTheLineItCannotRead() {
    assertThatThrownBy(() -> one("1 2 0:3 / /y rw"))
        .isInstanceOf(ProcException.class)
        .hasMessageContaining("1 2 0:3 / /y rw");
    assertThatThrownBy(() -> one("1 2 0:3 / /y rw new:1 - tmpfs x rw"))
        .isInstanceOf(ProcException.class);
    assertThatThrownBy(() -> one("1 x 0:3 / /y rw - tmpfs x rw")).isInstanceOf(ProcException.class);
  }
}
