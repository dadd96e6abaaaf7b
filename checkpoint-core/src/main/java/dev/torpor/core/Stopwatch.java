// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/** How long the stages of an operation took. */
final class Stopwatch {
  private long started;
  private long sumNanos;

  private boolean running;

  void start() {
    started = System.nanoTime();
    running = true;
  }

  void stop() {
    sumNanos += System.nanoTime() - started;
    running = false;
  }

  boolean isRunning() {
    return running;
  }

  /** All intervals together, as the statistics images hold it. */
  int micros() {
    return (int) (sumNanos / 1000);
  }
}
