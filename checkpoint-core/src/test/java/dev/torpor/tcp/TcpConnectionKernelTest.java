// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.inject.RemoteCallException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import dev.torpor.linux.Unistd;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections over the loopback device, taken out of one end and put back while the other waits.
 */
class TcpConnectionKernelTest {
  private final List<Integer> open = new ArrayList<>();
  private int here;
  private int peer;

  @BeforeEach
  void needsRoot() {
    assumeTrue(Unistd.geteuid() == 0, "repair mode needs CAP_NET_ADMIN");
  }

  @AfterEach
  void close() {
    open.forEach(Unistd::close);
  }

  private void connect(String address) throws Exception {
    byte[] ip = ip(address);
    int family = ip.length == 4 ? Socket.AF_INET : Socket.AF_INET6;
    int listener = keep(Socket.socket(family, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0));
    Socket.bind(listener, Sockaddr.inet(ip, 0));
    Socket.listen(listener, 1);
    peer = keep(Socket.socket(family, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0));
    Socket.connect(peer, Socket.getsockname(listener));
    here = keep(Socket.accept4(listener, Socket.SOCK_CLOEXEC));
  }

  /** {@link InetAddress} makes IPv4 addresses of mapped ones. */
  private static byte[] ip(String address) throws Exception {
    if (!address.equals("mapped")) {
      return InetAddress.getByName(address).getAddress();
    }
    return new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 127, 0, 0, 1};
  }

  private int keep(int fd) {
    open.add(fd);
    return fd;
  }

  private static void say(int fd, String text) {
    assertThat(Socket.sendmsg(fd, null, text.getBytes(UTF_8), null, Socket.MSG_NOSIGNAL))
        .isEqualTo(text.length());
  }

  private static String hear(int fd) {
    return new String(Socket.recvmsg(fd, 1000, 0, 0).data(), UTF_8);
  }

  private void leave() {
    TcpConnection.silence(here);
    Unistd.close(here);
    open.remove((Integer) here);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "mapped"})
  void comesBack(String address) throws Exception {
    connect(address);
    Socket.setInt(here, Socket.SOL_SOCKET, Socket.SO_RCVBUF, 50_000);
    SocketBuffers buffers = SocketBuffers.of(here);
    byte[] name = Socket.getsockname(here);
    say(peer, "before");
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection connection = TcpConnection.capture(here, lock);
      leave();
      // Over a descriptor of this process that is free again: sent again when it is unlocked.
      say(peer, ", meanwhile");
      here = keep(again(connection).restore());
    }
    assertThat(hear(here)).isEqualTo("before");
    say(here, "after");
    assertThat(hear(peer)).isEqualTo("after");
    assertThat(hear(here)).isEqualTo(", meanwhile");
    assertThat(Socket.getsockname(here)).isEqualTo(name);
    assertThat(SocketBuffers.of(here)).isEqualTo(buffers);
    Socket.shutdown(here, Socket.SHUT_WR);
    assertThat(hear(peer)).isEmpty();
  }

  /** From what can be written down. */
  private static TcpConnection again(TcpConnection connection) throws Exception {
    return TcpConnection.of(
        connection.ends(),
        connection.state(),
        connection.buffers(),
        tcp_stream_entry.parseFrom(connection.entry().toByteArray()),
        connection.queues());
  }

  @Test
  void halfClosedComesBack() throws Exception {
    connect("127.0.0.1");
    say(peer, "last words");
    Socket.shutdown(peer, Socket.SHUT_WR);
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection connection = TcpConnection.capture(here, lock);
      assertThat(connection.state()).isEqualTo(Tcp.TCP_CLOSE_WAIT);
      leave();
      here = keep(connection.restore());
    }
    assertThat(hear(here)).isEqualTo("last words");
    assertThat(hear(here)).isEmpty();
    say(here, "answer");
    assertThat(hear(peer)).isEqualTo("answer");
  }

  @Test
  void goesOnIfItIsOnlyLookedAt() throws Exception {
    connect("127.0.0.1");
    say(peer, "unread");
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection connection = TcpConnection.capture(here, lock);
      assertThat(connection.queues()).isEqualTo("unread".getBytes(UTF_8));
      assertThat(connection.ends().localPort()).isEqualTo(Sockaddr.port(Socket.getsockname(here)));
    }
    assertThat(hear(here)).isEqualTo("unread");
    say(here, "after");
    assertThat(hear(peer)).isEqualTo("after");
  }

  @Test
  void whatIsNoConnectionIsRefused() throws Exception {
    connect("127.0.0.1");
    int unconnected = keep(Socket.socket(Socket.AF_INET, Socket.SOCK_STREAM, 0));
    try (ConnectionLock lock = new ConnectionLock()) {
      assertThatThrownBy(() -> TcpConnection.capture(unconnected, lock))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("descriptor " + unconnected)
          .hasMessageContaining("CLOSED");
      Socket.sendmsg(peer, null, new byte[] {1}, null, Socket.MSG_OOB);
      assertThatThrownBy(() -> TcpConnection.capture(here, lock))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("urgent data");
      assertThat(lock.connections()).isEmpty();
    }
  }

  /** Two sockets cannot have one connection: the first still has it. */
  @Test
  void existsOnce() throws Exception {
    connect("127.0.0.1");
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection connection = TcpConnection.capture(here, lock);
      assertThatThrownBy(connection::restore)
          .isInstanceOfSatisfying(
              RemoteCallException.class,
              failure -> assertThat(failure.errno()).isEqualTo(Errno.EADDRNOTAVAIL.number()))
          .hasMessageContaining("restoring TCP connection from 127.0.0.1:");
    }
    say(here, "after");
    assertThat(hear(peer)).isEqualTo("after");
  }

  @Test
  void lockOfAnotherNetworkIsRefused() throws Exception {
    connect("127.0.0.1");
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread elsewhere =
        new Thread(
            () -> {
              Sched.unshare(Sched.CLONE_NEWNET);
              try (ConnectionLock lock = new ConnectionLock()) {
                TcpConnection.capture(here, lock);
              } catch (UnsupportedException e) {
                failure.set(e);
              }
            });
    elsewhere.start();
    elsewhere.join();
    assertThat(failure.get()).hasMessageContaining("another network namespace");
  }

  @Test
  void damagedStateIsRefused() throws Exception {
    connect("127.0.0.1");
    try (ConnectionLock lock = new ConnectionLock()) {
      TcpConnection one = TcpConnection.capture(here, lock);
      assertThatThrownBy(
              () ->
                  TcpConnection.of(
                      one.ends(), one.state(), one.buffers(), one.entry(), new byte[1]))
          .hasMessageContaining("its queues have 1 bytes and not 0");
      assertThatThrownBy(
              () ->
                  TcpConnection.of(
                      one.ends(), Tcp.TCP_LISTEN, one.buffers(), one.entry(), new byte[0]))
          .hasMessageContaining("LISTEN");
    }
  }
}
