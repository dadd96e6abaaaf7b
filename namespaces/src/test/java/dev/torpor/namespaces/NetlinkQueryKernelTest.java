// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.DumpException;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.SockDiag;
import org.junit.jupiter.api.Test;

/** What the kernel cannot have is told from what it did not say. */
class NetlinkQueryKernelTest {
  /** No subsystem of nfnetlink has this number. */
  private static final int NO_SUBSYSTEM = 0x7f << Byte.SIZE;

  /** DECnet left the kernel with Linux 6.1. */
  private static final byte AF_DECNET = 12;

  @Test
  void requestThatTheKernelDoesNotKnowHasNoAnswers() {
    assertThat(NetlinkQuery.count(Netlink.NETLINK_NETFILTER, "none", NO_SUBSYSTEM, new byte[4]))
        .isZero();
  }

  @Test
  void anyOtherErrorIsNoAnswer() {
    byte[] header = {AF_DECNET, 0, 0, 0};
    assertThatThrownBy(
            () ->
                NetlinkQuery.count(
                    Netlink.NETLINK_SOCK_DIAG,
                    "sockets of DECnet",
                    SockDiag.SOCK_DIAG_BY_FAMILY,
                    header))
        .isInstanceOf(DumpException.class)
        .hasMessageContaining("sockets of DECnet")
        .hasMessageContaining("ENOENT");
  }
}
