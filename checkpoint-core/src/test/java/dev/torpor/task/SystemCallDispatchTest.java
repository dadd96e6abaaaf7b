// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.user_dispatch_entry;
import dev.torpor.inject.UserDispatch;
import org.junit.jupiter.api.Test;

class SystemCallDispatchTest {
  private static user_dispatch_entry entry(long mode, long offset, long length) {
    return user_dispatch_entry
        .newBuilder()
        .setMode(mode)
        .setOffset(offset)
        .setLen(length)
        .setSelector(9)
        .build();
  }

  @Test
  void codeThatIsSpared() {
    assertThat(SystemCallDispatch.entry(new UserDispatch(0x1000, 0x2000, 9)))
        .isEqualTo(entry(1, 0x1000, 0x2000));
    assertThat(SystemCallDispatch.entry(new UserDispatch(0, 0, 9))).isEqualTo(entry(1, 0, 0));
  }

  /** As kernel/entry/syscall_user_dispatch.c keeps PR_SYS_DISPATCH_INCLUSIVE_ON. */
  @Test
  void codeThatIsNot() {
    assertThat(SystemCallDispatch.entry(new UserDispatch(0x3000, -0x2000, 9)))
        .isEqualTo(entry(2, 0x1000, 0x2000));
  }
}
