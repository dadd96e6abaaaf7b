// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/**
 * The parent of everything a test starts: see {@code programs/keeper.c}. Closing it kills and reaps
 * whatever is left below it.
 */
final class Keeper implements AutoCloseable {
  private static final Duration LONGEST_COMMAND = Duration.ofSeconds(60);

  private final Process process;
  private final Writer commands;
  private final BlockingQueue<Long> started = new LinkedBlockingQueue<>();
  private final BlockingQueue<List<Long>> children = new LinkedBlockingQueue<>();
  private final Map<Long, Integer> exitCodes = new HashMap<>();

  Keeper() {
    try {
      process =
          new ProcessBuilder(Settings.program("keeper").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("starting the keeper", e);
    }
    commands = process.outputWriter(UTF_8);
    Thread reader = new Thread(this::readEvents, "keeper-events");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a session leader with stdin from /dev/null; what it prints is appended to a file. */
  long start(Path directory, Path output, List<String> command) {
    return ask("run\t" + directory + "\t" + output + "\t" + String.join("\t", command), started);
  }

  private <T> T ask(String command, BlockingQueue<T> answers) {
    try {
      commands.write(command + "\n");
      commands.flush();
      return answers.take();
    } catch (IOException e) {
      throw new UncheckedIOException("the keeper has died", e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a command to its end and returns its exit code, 128 + N for signal N. */
  int run(Path directory, Path output, List<String> command) {
    return awaitExit(start(directory, output, command));
  }

  /** Waits until a child, started here or adopted, has been reaped. */
  int awaitExit(long pid) {
    long deadline = System.nanoTime() + LONGEST_COMMAND.toNanos();
    synchronized (exitCodes) {
      while (!exitCodes.containsKey(pid)) {
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          throw new AssertionError("pid " + pid + " still runs after " + LONGEST_COMMAND);
        }
        try {
          exitCodes.wait(leftMillis);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return exitCodes.remove(pid);
    }
  }

  /**
   * The tasks whose parent is the keeper: roots of trees, and orphans. It looks itself: the kernel
   * passes over children while another reads the list and one is reaped.
   */
  List<Long> children() {
    return ask("children", children);
  }

  @Override
  public void close() {
    try {
      commands.close();
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void readEvents() {
    try (BufferedReader events = process.inputReader(UTF_8)) {
      for (String line; (line = events.readLine()) != null; ) {
        event(line.split(" ", -1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void event(String[] words) {
    List<Long> numbers = Stream.of(words).skip(1).map(Long::valueOf).toList();
    switch (words[0]) {
      case "started" -> started.add(numbers.get(0));
      case "children" -> children.add(numbers);
      default -> {
        synchronized (exitCodes) {
          exitCodes.put(numbers.get(0), numbers.get(1).intValue());
          exitCodes.notifyAll();
        }
      }
    }
  }
}
