// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples, each in a JVM that knows nothing but the jars. */
@Timeout(120)
class ExamplesIT {
  private static List<String> command(String example, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.torpor.examples." + example);
    command.addAll(List.of(arguments));
    return command;
  }

  /** Runs an example; returns what it printed, its errors too. */
  private static String run(String example, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = command(example, arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] output = process.getInputStream().readAllBytes();
    String printed = new String(output, StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  @Test
  void askProcess() throws Exception {
    Process target = new ProcessBuilder("sh", "-c", "umask 027; echo; exec sleep 1000").start();
    try {
      assertThat(target.getInputStream().read()).isEqualTo('\n');
      String pid = Long.toString(target.pid());
      Wait.until("sleep runs", () -> ProcessTree.nameOf(target.pid()).equals("sleep"));
      String answers = "name sleep\nparent death signal 0\numask 027\n";
      assertThat(run("AskProcess", pid)).isEqualTo(answers);
      assertThat(run("AskProcess", pid)).as("nothing was changed").isEqualTo(answers);
      assertThat(target.isAlive()).isTrue();
    } finally {
      target.destroyForcibly().waitFor();
    }
  }

  /** A server gives its only connection to another process, which its client does not notice. */
  @Test
  void moveConnection(@TempDir Path directory) throws Exception {
    String answer = Settings.source("programs/answer.py").toString();
    try (Keeper keeper = new Keeper()) {
      Path port = directory.resolve("port");
      long from = keeper.start(directory, port, List.of("python3", answer, "50", "accept"));
      long to = keeper.start(directory, directory.resolve("to"), List.of("python3", answer, "70"));
      Wait.until("the server listens", () -> port.toFile().length() > 0);
      int number = Integer.parseInt(Files.readString(port).trim());
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), number)) {
        client.setSoTimeout(20_000);
        assertThat(asked(client, "first")).isEqualTo(from + " first");
        String printed = run("MoveConnection", Long.toString(from), "50", Long.toString(to), "70");
        assertThat(printed).startsWith("ESTABLISHED from 127.0.0.1:" + number + " to 127.0.0.1:");
        assertThat(asked(client, "second")).isEqualTo(to + " second");
        assertThat(asked(client, "third")).isEqualTo(to + " third");
      }
    }
  }

  private static String asked(Socket client, String text) throws IOException {
    client.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
    StringBuilder answer = new StringBuilder();
    for (int next = client.getInputStream().read(); next != '\n'; ) {
      assertThat(next).as("the connection goes on").isNotNegative();
      answer.append((char) next);
      next = client.getInputStream().read();
    }
    return answer.toString();
  }

  /**
   * The keeper adopts orphans, as init does: it reaps the task that was dumped, and gets it back.
   */
  @Test
  void checkpointAndRestore(@TempDir Path directory) throws Exception {
    Path output = Files.createTempFile("torpor-example", ".txt");
    try (Keeper keeper = new Keeper()) {
      List<String> command = command("CheckpointAndRestore", directory.toString());
      int exitCode = keeper.run(directory, output, command);
      String printed = Files.readString(output);
      assertThat(exitCode).as(printed).isZero();
      assertThat(printed).containsPattern("^\\d+ pages, task \\d+ goes on\n$");
      long pid = Long.parseLong(printed.split("[, ]+")[3]);
      assertThat(keeper.children()).as("the JVM has ended").containsExactly(pid);
      Path count = directory.resolve("count");
      long before = Files.size(count);
      Wait.until("the program goes on", () -> count.toFile().length() > before);
      List<String> numbers = Files.readAllLines(count);
      for (int i = 0; i < numbers.size(); i++) {
        assertThat(numbers.get(i)).as("none is missing, none there twice").isEqualTo("" + (i + 1));
      }
    } finally {
      Files.delete(output);
    }
  }
}
