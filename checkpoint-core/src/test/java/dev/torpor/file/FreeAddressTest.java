// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.ip_opts_entry;
import dev.torpor.image.proto.sk_opts_entry;
import dev.torpor.image.proto.tcp_opts_entry;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Asks the kernel. 192.0.2.0/24 is for documentation: no machine has it. */
class FreeAddressTest {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final byte[] NOBODYS = {(byte) 192, 0, 2, 78};

  private static inet_sk_entry.Builder tcp(byte[] ip, int port) {
    return inet_sk_entry
        .newBuilder()
        .setId(1)
        .setIno(1)
        .setFamily(Socket.AF_INET)
        .setType(Socket.SOCK_STREAM)
        .setProto(Tcp.IPPROTO_TCP)
        .setState(Tcp.TCP_LISTEN)
        .setSrcPort(port)
        .setDstPort(0)
        .setFlags(0)
        .setBacklog(0)
        .setFown(fown_entry.getDefaultInstance())
        .setOpts(sk_opts_entry.getDefaultInstance())
        .setTcpOpts(tcp_opts_entry.getDefaultInstance())
        .addSrcAddr(ByteBuffer.wrap(ip).order(ByteOrder.nativeOrder()).getInt());
  }

  private static void verify(inet_sk_entry.Builder socket) {
    new FreeAddress("restoring a socket", socket.buildPartial()).verify(null);
  }

  @Test
  void portOfAListenerIsTaken() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByAddress(LOOPBACK))) {
      assertThatThrownBy(() -> verify(tcp(LOOPBACK, other.getLocalPort())))
          .isInstanceOf(RestoreException.class)
          .hasMessageContainingAll("restoring a socket", "EADDRINUSE", "ss -anp");
    }
  }

  @Test
  void portIsSharedByThoseWhoAllPermitIt() throws IOException {
    try (ServerSocket other = new ServerSocket()) {
      other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      other.bind(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 0));
      int port = other.getLocalPort();
      assertThatThrownBy(() -> verify(tcp(LOOPBACK, port))).hasMessageContaining("EADDRINUSE");
      inet_sk_entry.Builder sharing = tcp(LOOPBACK, port);
      sharing.setOpts(sk_opts_entry.newBuilder().setSoReuseport(true).buildPartial());
      assertThatCode(() -> verify(sharing)).doesNotThrowAnyException();
    }
  }

  @Test
  void addressIsMissingUnlessThatIsPermitted() {
    assertThatThrownBy(() -> verify(tcp(NOBODYS, 0)))
        .isInstanceOf(RestoreException.class)
        .hasMessageContainingAll("EADDRNOTAVAIL", "ip address add");
    inet_sk_entry.Builder free = tcp(NOBODYS, 0);
    free.setIpOpts(ip_opts_entry.newBuilder().setFreebind(true));
    assertThatCode(() -> verify(free)).doesNotThrowAnyException();
  }
}
