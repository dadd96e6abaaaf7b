// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Packets, descriptors and addresses through real sockets. */
class SocketTest {
  private final int[] pair =
      Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET | Socket.SOCK_CLOEXEC, 0);

  @AfterEach
  void close() {
    Unistd.close(pair[0]);
    Unistd.close(pair[1]);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void passesDescriptors() {
    int[] pipe = Unistd.pipe2(Fcntl.O_CLOEXEC);
    new UnixChannel(pair[0]).send(bytes("here"), pipe[0], pipe[1]);
    ReceivedMessage received = new UnixChannel(pair[1]).receive(100);
    assertThat(received.data()).isEqualTo(bytes("here"));
    int[] fds = received.descriptors();
    assertThat(fds).hasSize(2);
    int own = Unistd.getpid();
    assertThat(Kcmp.file(own, fds[1], own, pipe[1])).isEqualTo(Kcmp.EQUAL);
    assertThat(Fcntl.getFd(fds[0])).isEqualTo(Fcntl.FD_CLOEXEC);
    for (int fd : List.of(pipe[0], pipe[1], fds[0], fds[1])) {
      Unistd.close(fd);
    }
  }

  @Test
  void peeksWithoutTaking() {
    Socket.setInt(pair[1], Socket.SOL_SOCKET, Socket.SO_PASSCRED, 1);
    new UnixChannel(pair[0]).send(bytes("one"));
    new UnixChannel(pair[0]).send(bytes("second"));
    int flags = Socket.MSG_PEEK | Socket.MSG_TRUNC | Socket.MSG_DONTWAIT;
    ReceivedMessage peeked = Socket.recvmsg(pair[1], 2, 64, flags);
    assertThat(peeked.data()).isEqualTo(bytes("on"));
    assertThat(peeked.realLength()).isEqualTo(3);
    assertThat(peeked.isTruncated()).isTrue();
    ControlMessage credentials = peeked.controlMessages().get(0);
    assertThat(credentials.type()).isEqualTo(Socket.SCM_CREDENTIALS);
    assertThat(credentials.ints()[0]).isEqualTo(Unistd.getpid());
    assertThat(new UnixChannel(pair[1]).receive(10).data()).isEqualTo(bytes("one"));
    assertThatThrownBy(() -> new UnixChannel(pair[1]).receive(5))
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.is(Errno.EMSGSIZE)).isTrue());
  }

  @Test
  void encodesControlMessages() {
    byte[] control =
        ControlMessage.encode(ControlMessage.rights(3), ControlMessage.credentials(1, 2, 3));
    assertThat(control).hasSize(24 + 32);
    List<ControlMessage> decoded = ControlMessage.decode(control);
    assertThat(decoded.get(0).ints()).containsExactly(3);
    assertThat(decoded.get(1).ints()).containsExactly(1, 2, 3);
    control[0] = 3;
    assertThatThrownBy(() -> ControlMessage.decode(control)).hasMessageContaining("byte 0");
  }

  @Test
  void bindsAndConnects() {
    int server = Socket.socket(Socket.AF_INET, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    Socket.bind(server, Sockaddr.inet(new byte[] {127, 0, 0, 1}, 0));
    Socket.listen(server, 1);
    byte[] address = Socket.getsockname(server);
    int client = Socket.socket(Socket.AF_INET, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    Socket.connect(client, address);
    int accepted = Socket.accept4(server, Socket.SOCK_CLOEXEC);
    assertThat(Socket.getpeername(client)).isEqualTo(address);
    assertThat(Socket.getsockname(accepted)).isEqualTo(address);
    assertThat(Sockaddr.ip(address)).containsExactly(127, 0, 0, 1);
    assertThat(Sockaddr.port(address)).isPositive();
    assertThat(Socket.getInt(server, Socket.SOL_SOCKET, Socket.SO_ACCEPTCONN)).isEqualTo(1);
    assertThatThrownBy(() -> Socket.bind(client, address))
        .hasMessageStartingWith("bind(" + client + ", port ");
    for (int fd : List.of(server, client, accepted)) {
      Unistd.close(fd);
    }
  }

  @Test
  void keepsAbstractNames() {
    byte[] name = {0, 't', 0, 'x'};
    int fd = Socket.socket(Socket.AF_UNIX, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0);
    Socket.bind(fd, Sockaddr.unix(name));
    assertThat(Sockaddr.unixName(Socket.getsockname(fd))).isEqualTo(name);
    assertThat(Sockaddr.unixName(Sockaddr.unix("/a/b"))).isEqualTo(bytes("/a/b"));
    assertThat(Sockaddr.unixName(Socket.getsockname(pair[0]))).isEmpty();
    Unistd.close(fd);
  }
}
