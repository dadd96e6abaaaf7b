// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.inet_sk_entry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InetSocketTest {
  @TempDir Path directory;

  @Test
  void namesBothEndsOfAnEstablishedConnection() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(1)
            c = socket.socket(); c.connect(l.getsockname()); l.accept()
            ready()
            """)) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageMatching(
              "fd 4 of task \\d+ \\(socket:\\[\\d+\\]\\): TCP connection from 127.0.0.1:\\d+ to"
                  + " 127.0.0.1:\\d+: give --tcp-established to carry it, or --tcp-close to have it"
                  + " closed");
    }
  }

  @Test
  void refusesConnectionsThatWaitToBeAccepted() throws IOException {
    try (Child child =
        Child.start(
            directory,
            """
            l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(1)
            if os.fork() == 0:
              c = socket.socket(); c.connect(l.getsockname())
              forked()
            ready(1)
            """)) {
      assertThatThrownBy(() -> Captures.of(child.pid()))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("1 connections wait to be accepted on 127.0.0.1:");
    }
  }

  @Test
  void addressesReadAsPeopleWriteThem() {
    inet_sk_entry.Builder socket = inet_sk_entry.newBuilder().setSrcPort(80);
    assertThat(InetAddress.local(socket.addSrcAddr(0x0100000a))).isEqualTo("10.0.0.1:80");
    socket.clearSrcAddr().addSrcAddr(0).addSrcAddr(0).addSrcAddr(0).addSrcAddr(0x01000000);
    assertThat(InetAddress.local(socket)).isEqualTo("[::1]:80");
    socket.setSrcAddr(0, 0x000080fe);
    assertThat(InetAddress.local(socket)).isEqualTo("[fe80::1]:80");
    socket.setSrcAddr(3, 0);
    assertThat(InetAddress.local(socket)).isEqualTo("[fe80::]:80");
  }
}
