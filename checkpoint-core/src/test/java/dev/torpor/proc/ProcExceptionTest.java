// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class ProcExceptionTest {
  @Test
  void aTaskThatMayNotBeLookedAtIsNotGone() {
    ProcException denied = new ProcException("/proc/7/x", new AccessDeniedException("/proc/7/x"));
    assertThat(denied.gone()).isFalse();
    assertThat(denied)
        .hasMessageContaining("/proc/7/x")
        .hasMessageContainingAll("ermission denied", "CAP_CHECKPOINT_RESTORE");
  }

  @Test
  void aTaskThatEndedIsGone() {
    for (IOException cause :
        new IOException[] {
          new NoSuchFileException("/proc/7/x"),
          new FileSystemException("/proc/7/x", null, "No such process")
        }) {
      assertThat(new ProcException("/proc/7/x", cause).gone()).isTrue();
    }
  }

  @Test
  void errorNumbers() {
    for (Errno errno : new Errno[] {Errno.EACCES, Errno.EPERM}) {
      ProcException denied = new ProcException("/proc/7/x", failed(errno));
      assertThat(denied.gone()).isFalse();
      assertThat(denied).hasMessageContainingAll("/proc/7/x", "CAP_CHECKPOINT_RESTORE");
    }
    for (Errno errno : new Errno[] {Errno.ENOENT, Errno.ESRCH}) {
      assertThat(new ProcException("/proc/7/x", failed(errno)).gone()).isTrue();
    }
    assertThat(new ProcException("/proc/7/x", failed(Errno.EMFILE)).gone()).isFalse();
  }

  private static ErrnoException failed(Errno errno) {
    return new ErrnoException("openat", "/proc/7/x", errno.number());
  }
}
