// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server whose client is this test, which goes on while the server is dumped, away, and back: it
 * sees no reset and misses no byte.
 */
class PeerOutsideIT {
  private static final int ROUNDS = 10;
  private static final long ENOUGH_BYTES = 1_000_000;
  private static final String CARRY = "--tcp-established";

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  private static Subject echo(String address, String... prefix) {
    List<String> program = new ArrayList<>(List.of(prefix));
    String source = Settings.source("programs/echo.py").toString();
    program.addAll(List.of("/usr/bin/python3", source, "DIR", address));
    return new StatusFileSubject("echo", program, true, false);
  }

  private static int port(Running running) {
    return Integer.parseInt(running.state().substring("state=".length()));
  }

  private static Socket connect(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private static void awaitMore(EchoClient client) {
    long seen = client.received();
    Wait.until("more comes back", () -> client.received() > seen + ENOUGH_BYTES);
  }

  private static void end(EchoClient client, CompletableFuture<Void> work) throws Exception {
    client.end();
    work.get(20, TimeUnit.SECONDS);
  }

  private static void restart(Running running, Engine dumper, Engine restorer, String... options) {
    dumper.dump(running.keeper, running.root, running.images, options).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images, options).assertSucceeded();
    running.awaitReport();
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void clientGoesOn(Engine dumper, Engine restorer) throws Exception {
    try (Running running = new Running(echo("127.0.0.1"));
        EchoClient client = new EchoClient("127.0.0.1", port(running))) {
      CompletableFuture<Void> work = client.begin();
      awaitMore(client);
      for (int round = 0; round < 2; round++) {
        restart(running, dumper, restorer, CARRY);
        awaitMore(client);
      }
      end(client, work);
    }
  }

  @Test
  void clientGoesOnBesideManyDumps() throws Exception {
    try (Running running = new Running(echo("127.0.0.1"));
        EchoClient client = new EchoClient("127.0.0.1", port(running))) {
      CompletableFuture<Void> work = client.begin();
      for (int round = 0; round < ROUNDS; round++) {
        Engine.TORPOR
            .dump(running.keeper, running.root, running.images, CARRY, "--leave-running")
            .assertSucceeded();
        awaitMore(client);
      }
      end(client, work);
    }
  }

  /** The server in a network namespace that stays, and a pair of devices between. */
  @ParameterizedTest
  @EnumSource(names = "TORPOR")
  void clientGoesOnOverAPairOfDevices(Engine engine) throws Exception {
    try (Holder holder = new Holder();
        Keeper keeper = new Keeper()) {
      int net = (int) (holder.pid % 250);
      String inside = "10.231." + net + ".2";
      String device = "tp" + holder.pid;
      run(
          keeper,
          "ip link add " + device + " type veth peer name eth0 netns " + holder.pid,
          "ip addr add 10.231." + net + ".1/24 dev " + device,
          "ip link set " + device + " up",
          "nsenter -t " + holder.pid + " -n ip addr add " + inside + "/24 dev eth0",
          "nsenter -t " + holder.pid + " -n ip link set eth0 up",
          "nsenter -t " + holder.pid + " -n ip link set lo up");
      String[] enter = {"/usr/bin/nsenter", "-t", Long.toString(holder.pid), "--net"};
      try (Running running = new Running(echo(inside, enter));
          EchoClient client = new EchoClient(inside, port(running))) {
        CompletableFuture<Void> work = client.begin();
        awaitMore(client);
        for (int round = 0; round < 2; round++) {
          String key = holder.option("net") + ":net";
          engine
              .dump(running.keeper, running.root, running.images, CARRY, "--external", key)
              .assertSucceeded();
          running.awaitGone();
          running.subject.forget(running.directory);
          List<String> restore =
              List.of("restore", "-d", "-D", running.images.toString(), CARRY, "-o", "restore.log");
          List<String> arguments = new ArrayList<>(restore);
          arguments.addAll(List.of("--inherit-fd", "fd[8]:net"));
          engine
              .runAfter(
                  List.of("exec 8<" + holder.path("net")),
                  running.keeper,
                  running.images,
                  "restore.log",
                  arguments)
              .assertSucceeded();
          running.awaitReport();
          awaitMore(client);
        }
        end(client, work);
      }
    }
  }

  private static void run(Keeper keeper, String... commands) throws IOException {
    Path output = Files.createTempFile("torpor-ip-", "");
    try {
      List<String> shell = List.of("/bin/sh", "-ec", String.join(" && ", commands));
      assertThat(keeper.run(output.getParent(), output, shell))
          .as(Files.readString(output))
          .isZero();
    } finally {
      Files.delete(output);
    }
  }

  /** Closed at the dump, the client reads to the end, and the server serves the next one. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void connectionsCanBeClosed(Engine dumper, Engine restorer) throws Exception {
    try (Running running = new Running(echo("127.0.0.1"));
        Socket client = connect(port(running))) {
      client.getOutputStream().write(7);
      assertThat(client.getInputStream().read()).isEqualTo(7);
      restart(running, dumper, restorer, "--tcp-close");
      assertThat(client.getInputStream().read()).isEqualTo(-1);
      try (Socket next = connect(port(running))) {
        next.getOutputStream().write(8);
        assertThat(next.getInputStream().read()).isEqualTo(8);
      }
    }
  }

  /** A stopped server accepts nobody: who waits then is reset, and may come again. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void whoWaitsToBeAcceptedCanBeSkipped(Engine dumper, Engine restorer) throws Exception {
    try (Running running = new Running(echo("127.0.0.1"))) {
      run(running.keeper, "kill -STOP " + running.root);
      int port = port(running);
      try (Socket client = new Socket()) {
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Engine.Outcome refused = dumper.dump(running.keeper, running.root, running.images);
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.log()).contains("skip-in-flight");
        dumper
            .dump(running.keeper, running.root, running.images, "--skip-in-flight")
            .assertSucceeded();
        running.awaitGone();
      }
      restorer.restore(running.keeper, running.images, "--skip-in-flight").assertSucceeded();
      run(running.keeper, "kill -CONT " + running.root);
      try (Socket next = connect(port)) {
        next.getOutputStream().write(8);
        assertThat(new DataInputStream(next.getInputStream()).read()).isEqualTo(8);
      }
    }
  }
}
