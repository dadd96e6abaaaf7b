// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.session_keyring_entry;
import org.junit.jupiter.api.Test;

/** Descriptions as keyctl(2) gives them. */
class SessionKeyringTest {
  @Test
  void oneOfAContainer() {
    session_keyring_entry keyring = SessionKeyring.entry(7, "keyring;0;1000;bf1b0000;_ses.a;b");
    assertThat(keyring.getId()).isEqualTo(7);
    assertThat(keyring.getName()).isEqualTo("_ses.a;b");
    assertThat(keyring.getGid()).isEqualTo(1000);
    assertThat(keyring.getPerm()).isEqualTo(0xbf1b0000);
  }

  @Test
  void thatOfItsUser() {
    assertThat(SessionKeyring.entry(7, "keyring;0;65534;1f3f0000;_uid_ses.0")).isNull();
  }
}
