// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OptionQuestionsTest {
  private static final int IP_TTL = 2;

  private final OptionQuestions questions =
      new OptionQuestions.Builder()
          .addInts(Socket.SOL_SOCKET, Socket.SO_SNDBUF, Socket.SO_KEEPALIVE)
          .add(Socket.SOL_SOCKET, Socket.SO_LINGER, Socket.Linger.SIZEOF)
          .addInts(Socket.SOL_IP, IP_TTL)
          .addInts(Socket.SOL_TCP, Tcp.TCP_NODELAY)
          .add(Socket.SOL_TCP, Tcp.TCP_CONGESTION, 16)
          .build();

  private int tcp;
  private int udp;

  @BeforeEach
  void open() {
    tcp = Socket.socket(Socket.AF_INET, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    udp = Socket.socket(Socket.AF_INET, Socket.SOCK_DGRAM | Socket.SOCK_CLOEXEC, 0);
  }

  @AfterEach
  void close() {
    Unistd.close(tcp);
    Unistd.close(udp);
  }

  @Test
  void answersAreThoseOfTheKernel() {
    Socket.setInt(tcp, Socket.SOL_IP, IP_TTL, 17);

    byte[] answers = questions.ask(tcp);

    assertThat(questions.number(answers, Socket.SOL_IP, IP_TTL)).isEqualTo(17);
    assertThat(questions.number(answers, Socket.SOL_SOCKET, Socket.SO_SNDBUF))
        .isEqualTo(Socket.getInt(tcp, Socket.SOL_SOCKET, Socket.SO_SNDBUF));
    assertThat(questions.length(answers, Socket.SOL_SOCKET, Socket.SO_LINGER))
        .isEqualTo(Socket.Linger.SIZEOF);
    int congestion = questions.indexOf(Socket.SOL_TCP, Tcp.TCP_CONGESTION);
    try (NativeMemory name = NativeMemory.allocate(16)) {
      int length = Socket.getsockopt(tcp, Socket.SOL_TCP, Tcp.TCP_CONGESTION, name);
      assertThat(questions.value(answers, congestion)).isEqualTo(name.getBytes(0, length));
    }
  }

  @Test
  void oneThatASocketDoesNotHaveIsNoAnswer() {
    byte[] answers = questions.ask(udp);

    int index = questions.indexOf(Socket.SOL_TCP, Tcp.TCP_NODELAY);
    assertThat(questions.has(answers, index)).isFalse();
    assertThat(questions.value(answers, index)).isNull();
    assertThatThrownBy(() -> questions.number(answers, Socket.SOL_TCP, Tcp.TCP_NODELAY))
        .isInstanceOf(ErrnoException.class)
        .hasMessageContaining("EOPNOTSUPP");
  }

  @Test
  void nothingOfTheSocketBeforeIsLeft() {
    byte[] before = questions.ask(tcp);
    questions.ask(udp);

    assertThat(questions.ask(tcp)).isEqualTo(before);
    Socket.setInt(tcp, Socket.SOL_SOCKET, Socket.SO_KEEPALIVE, 1);
    byte[] after = questions.ask(tcp);
    int index = questions.indexOf(Socket.SOL_SOCKET, Socket.SO_KEEPALIVE);
    for (int i = 0; i < 6; i++) {
      assertThat(questions.isSame(before, after, i)).isEqualTo(i != index);
    }
  }
}
