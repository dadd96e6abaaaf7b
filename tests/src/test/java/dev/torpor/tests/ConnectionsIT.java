// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TCP connections both ends of which are in the tree, {@code programs/connections.py}: in each
 * state they look the same when they come back, and then every byte arrives.
 */
class ConnectionsIT {
  private static final String CARRY = "--tcp-established";

  private List<String> rules;

  static StatusFileSubject subject(String kind, String family) {
    String source = Settings.source("programs/connections.py").toString();
    List<String> program = List.of("/usr/bin/python3", source, "DIR", kind, family);
    return new StatusFileSubject(kind, program, true, false);
  }

  @BeforeEach
  void seeRules() {
    rules = PacketRules.here();
  }

  @AfterEach
  void leavesNoRules() {
    assertThat(PacketRules.here()).isEqualTo(rules);
  }

  static List<Arguments> cells() {
    List<Arguments> cells = new ArrayList<>();
    for (String kind :
        List.of("established", "full", "half_closed", "fin_wait_1", "last_ack", "closing")) {
      for (Engine dumper : Engine.values()) {
        for (Engine restorer : Engine.values()) {
          cells.add(Arguments.of(kind, "v4", dumper, restorer, "iptables"));
        }
      }
      for (String family : List.of("v6", "mapped")) {
        cells.add(Arguments.of(kind, family, Engine.TORPOR, Engine.TORPOR, "iptables"));
      }
    }
    for (Engine dumper : Engine.values()) {
      for (Engine restorer : Engine.values()) {
        cells.add(Arguments.of("closing", "v6", dumper, restorer, "iptables"));
        cells.add(Arguments.of("closing", "mapped", dumper, restorer, "nftables"));
      }
    }
    return cells;
  }

  @ParameterizedTest(name = "{0} {1}: {2} to {3}, {4}")
  @MethodSource("cells")
  void comesBack(String kind, String family, Engine dumper, Engine restorer, String lock)
      throws IOException {
    String[] options = {CARRY, "--network-lock", lock};
    try (Running running = new Running(subject(kind, family))) {
      comesBack(running, dumper, restorer, options);
      ends(running);
    }
  }

  private static void comesBack(
      Running running, Engine dumper, Engine restorer, String... options) {
    String state = running.state();
    dumper.dump(running.keeper, running.root, running.images, options).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images, options).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
  }

  private static void ends(Running running) throws IOException {
    Files.createFile(running.directory.resolve("go"));
    Wait.until("both ends have ended", () -> running.state().startsWith("state=["));
    assertThat(running.state()).isEqualTo("state=[True, 0, 0, 0]");
  }

  /** SYN-SENT: the listener has no room; when it has, the one that came back is accepted. */
  @ParameterizedTest
  @CsvSource({"TORPOR, TORPOR", "TORPOR, CRIU", "CRIU, TORPOR"})
  void isAcceptedAfterItCameBack(Engine dumper, Engine restorer) throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket second = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Running running =
            new Running(subject("syn_sent", Integer.toString(listener.getLocalPort())))) {
      assertThat(running.state()).startsWith("state=(2, ");
      comesBack(running, dumper, restorer, CARRY);
      for (Socket waiting : List.of(first, second)) {
        assertThat(waiting.isConnected()).isTrue();
        listener.accept().close();
      }
      Wait.until("it is connected", () -> running.state().startsWith("state=(1, "));
    }
  }

  /** Dumped, restored, dumped and restored: what was not sent is not sent twice. */
  @ParameterizedTest
  @ValueSource(strings = {"full", "closing", "without_listener"})
  void comesBackAgain(String kind) throws IOException {
    try (Running running = new Running(subject(kind, "v4"))) {
      for (int generation = 0; generation < 3; generation++) {
        comesBack(running, Engine.TORPOR, Engine.TORPOR, CARRY);
      }
      ends(running);
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void goesOnAfterADump(Engine dumper) throws IOException {
    try (Running running = new Running(subject("full", "v4"))) {
      dumper
          .dump(running.keeper, running.root, running.images, CARRY, "--leave-running")
          .assertSucceeded();
      ends(running);
    }
  }

  /** Carried by the dump, and given up by the restore: nobody waits for the rules any more. */
  @ParameterizedTest
  @ValueSource(strings = {"iptables", "nftables"})
  void canBeClosedByTheRestore(String lock) {
    try (Running running = new Running(subject("established", "v4"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, CARRY, "--network-lock", lock)
          .assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images, "--tcp-close").assertSucceeded();
      running.awaitReport();
      assertThat(running.state()).contains("ENOTCONN");
    }
  }

  /** No lock is left by a dump that leaves its tree running: the restore makes one. */
  @Test
  void comesBackWithoutALock() throws IOException {
    try (Running running = new Running(subject("full", "v4"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, CARRY, "--leave-running")
          .assertSucceeded();
      running.kill();
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images, CARRY).assertSucceeded();
      running.awaitReport();
      ends(running);
    }
  }

  @Test
  void isRefusedByName() {
    try (Running running = new Running(subject("established", "v4"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused(
              "fd ", " of task " + running.root, "from 127.0.0.1:", " to 127.0.0.1:", CARRY);
      running.awaitProgress(running.progress(), 2);
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, CARRY, "--network-lock", "skip")
          .assertSucceeded();
      running.awaitGone();
      Engine.TORPOR
          .restore(running.keeper, running.images)
          .assertRefused("fd ", " of task " + running.root, CARRY, "--tcp-close");
    }
  }

  /** Killed at every call that could leave a socket in repair mode, or a rule behind. */
  @ParameterizedTest
  @ValueSource(strings = {"setsockopt", "sendmsg", "recvmsg"})
  void isUnharmedByADumperThatIsKilled(String call) throws IOException {
    try (Running running = new Running(subject("full", "v4"))) {
      String state = running.state();
      int kills = 0;
      while (isKilledAt(running, call, kills + 1)) {
        kills++;
        Wait.until("the guardian has ended", () -> running.keeper.children().size() == 1);
        running.awaitProgress(running.progress(), 2);
        assertThat(running.state()).as("kill %d", kills).isEqualTo(state);
        assertThat(PacketRules.here()).as("kill %d", kills).isEqualTo(rules);
      }
      assertThat(kills).isGreaterThan(4);
      ends(running);
    }
  }

  private static boolean isKilledAt(Running running, String call, int number) throws IOException {
    List<String> command =
        new ArrayList<>(
            Arrays.asList("strace", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none"));
    String injection = "inject=" + call + ":signal=SIGKILL:when=" + number;
    command.addAll(List.of("-e", "trace=" + call, "-e", injection));
    command.addAll(List.of(Engine.TORPOR.binary().toString(), "dump", "--leave-running", CARRY));
    command.addAll(List.of("-t", Long.toString(running.root), "-D", running.images.toString()));
    int status =
        running.keeper.run(running.directory, running.directory.resolve("killed"), command);
    assertThat(status).as(Files.readString(running.directory.resolve("killed"))).isIn(0, 128 + 9);
    return status != 0;
  }
}
